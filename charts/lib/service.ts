import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Labels } from '../../environments/address.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { workloadChartOf } from './workload-chart.ts';

export interface ServiceProps {
  /** Name of the workload's port to which the Service leads; its own port has the same name. */
  readonly targetPort: string;
  /** @default the workload's */
  readonly name?: string;
  /**
   * Port of the Service itself.
   * @default the port to which it leads
   */
  readonly port?: number;
  /**
   * Labels of the pods behind it, in addition to those of every pod of the workload.
   * @default none
   */
  readonly narrowedBy?: Readonly<Record<string, string>>;
  /**
   * Whether it only gives each pod its own DNS name, also before the pod is ready.
   * @default false
   */
  readonly headless?: boolean;
  /**
   * Port of the node that leads to it.
   * @default none
   */
  readonly nodePort?: number | undefined;
  /**
   * For other controllers of the cluster, in addition to the labels of the chart.
   * @default none
   */
  readonly metadata?: { readonly annotations?: Labels; readonly labels?: Labels } | undefined;
}

/**
 * A Service: one name and one address for the pods of its chart's workload.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export class Service extends k8s.KubeService {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    const chart = workloadChartOf(scope);
    const { targetPort, name = chart.workload.name, nodePort } = props;
    const number = chart.workload.ports[targetPort];
    if (number === undefined)
      throw new Error(
        `the Service ${name} leads to the port "${targetPort}"; ${chart.workload.name} has: ${Object.keys(chart.workload.ports).join(', ')}`,
      );
    super(scope, id, {
      metadata: { ...props.metadata, name },
      spec: {
        selector: { ...chart.selector, ...props.narrowedBy },
        ports: [
          {
            name: targetPort,
            port: props.port ?? number,
            targetPort: k8s.IntOrString.fromString(targetPort),
            ...(nodePort !== undefined && { nodePort }),
          },
        ],
        ...(props.headless && { clusterIp: 'None', publishNotReadyAddresses: true }),
        ...(nodePort !== undefined && { type: 'NodePort' }),
      },
    });
  }
}

/** Port of the Service that visitors use. */
export const visitorsPort = 80;

/** The NodePort of the Service that visitors use; none if they come through an Ingress. */
export function visitorsNodePort({ address }: AnyEnvironment): number | undefined {
  return address.kind === 'local' ? address.nodePort : undefined;
}
