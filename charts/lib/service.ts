import { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { WorkloadChart } from './workload.ts';

export interface ServiceProps {
  /** Name of the workload's port to which the Service leads; its own port has the same name. */
  readonly port: string;
  /** @default the workload's */
  readonly name?: string;
  /**
   * Port of the Service itself.
   * @default the port to which it leads
   */
  readonly number?: number;
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
}

/**
 * A Service: one name and one address for the pods of its chart's workload.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export class Service extends k8s.KubeService {
  constructor(scope: WorkloadChart, id: string, props: ServiceProps) {
    const { port, name = scope.workload.name, nodePort } = props;
    const number = scope.workload.ports[port];
    if (number === undefined)
      throw new Error(
        `the Service ${name} leads to the port "${port}"; ${scope.workload.name} has: ${Object.keys(scope.workload.ports).join(', ')}`,
      );
    super(scope, id, {
      metadata: { name },
      spec: {
        selector: { ...scope.selector, ...props.narrowedBy },
        ports: [
          {
            name: port,
            port: props.number ?? number,
            targetPort: k8s.IntOrString.fromString(port),
            ...(nodePort !== undefined && { nodePort }),
          },
        ],
        ...(props.headless && { clusterIp: 'None', publishNotReadyAddresses: true }),
        ...(nodePort !== undefined && { type: 'NodePort' }),
      },
    });
  }
}

/** The NodePort of the Service that visitors use; none if they come through an Ingress. */
export function visitorsNodePort({ address }: AnyEnvironment): number | undefined {
  return address.kind === 'local' ? address.nodePort : undefined;
}
