import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clusterOf } from '../../environments/cluster.ts';
import type { StatefulSize } from '../../environments/environment.ts';
import { apart, disruptionBudget } from './availability.ts';
import { safeToEvict } from './hardened-pod.ts';
import { contentHash, keptByArgoCd } from './names.ts';
import { Service } from './service.ts';
import type { Workload } from './workload.ts';
import { type WorkloadChart, workloadChartOf } from './workload-chart.ts';

export interface StatefulSetProps {
  /** How many pods there are, each with its own volume `data`. */
  readonly replicas: number;
  readonly size: StatefulSize;
  readonly pod: k8s.PodSpec;
  /** Port by which the pods are known. */
  readonly port: string;
  /** What the pods read only when they start. They restart when it changes. */
  readonly configuration: Readonly<Record<string, string>>;
}

/**
 * Pods of its chart's workload that keep their names and volumes, and the headless Service that gives each a DNS name.
 * The pods are spread over nodes, are drained one at a time, and start and stop independently of each other.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
export class StatefulSet extends k8s.KubeStatefulSet {
  constructor(scope: Construct, id: string, props: StatefulSetProps) {
    const chart = workloadChartOf(scope);
    const { replicas, size, pod, port, configuration } = props;
    super(scope, id, {
      metadata: { name: chart.workload.name },
      spec: {
        replicas,
        serviceName: headlessName(chart.workload),
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: chart.selector },
        template: {
          metadata: {
            labels: chart.podLabels,
            annotations: { 'coped/configuration-hash': contentHash(configuration), ...safeToEvict(pod) },
          },
          spec: { ...pod, ...apart(scope, replicas) },
        },
        volumeClaimTemplates: [dataClaim(chart, size)],
      },
    });
    new Service(this, 'headless-service', {
      name: headlessName(chart.workload),
      targetPort: port,
      headless: true,
    });
    disruptionBudget(this, { replicas, unhealthyPods: 'IfHealthyBudget' });
  }

  /**
   * Its claim templates contain everything that the API server adds to them. Otherwise each apply would change them.
   */
  override toJson(): object {
    const manifest: { spec: { volumeClaimTemplates: object[] } } = super.toJson();
    const templates = manifest.spec.volumeClaimTemplates.map((template) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...template,
      status: { phase: 'Pending' },
    }));
    return { ...manifest, spec: { ...manifest.spec, volumeClaimTemplates: templates } };
  }
}

/** Name of the Service that gives each pod of a StatefulSet a DNS name. */
export function headlessName({ name }: Workload): string {
  return `${name}-headless`;
}

/** Names of the pods of a StatefulSet that has so many. */
export function podNames({ name }: Workload, replicas: number): string[] {
  return Array.from({ length: replicas }, (_, ordinal) => `${name}-${ordinal}`);
}

/** The claim `data` of each pod, which Kubernetes keeps when the StatefulSet is deleted. */
function dataClaim(
  { selector, environment }: WorkloadChart,
  { storageGibibytes }: StatefulSize,
): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name: 'data', labels: selector, annotations: keptByArgoCd },
    spec: claimOf(storageGibibytes, clusterOf(environment).storageClasses.data),
  };
}

/**
 * A volume of this size, which one node may mount at a time.
 *
 * @param storageClassName without one, the cluster's default class makes it
 */
export function claimOf(
  storageGibibytes: number,
  storageClassName: string | undefined,
): k8s.PersistentVolumeClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    ...(storageClassName !== undefined && { storageClassName }),
    volumeMode: 'Filesystem',
    resources: { requests: { storage: k8s.Quantity.fromString(`${storageGibibytes}Gi`) } },
  };
}
