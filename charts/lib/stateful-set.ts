import { k8s } from 'cdk8s-plus-27';
import type { StatefulSize } from '../../environments/environment.ts';
import { disruptionBudget, spread } from './availability.ts';
import { contentHash, keptByArgoCd } from './names.ts';
import { Service } from './service.ts';
import type { Workload, WorkloadChart } from './workload.ts';

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
  constructor(scope: WorkloadChart, id: string, props: StatefulSetProps) {
    const { replicas, size, pod, port, configuration } = props;
    super(scope, id, {
      metadata: { name: scope.workload.name },
      spec: {
        replicas,
        serviceName: headlessName(scope.workload),
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: scope.selector },
        template: {
          metadata: {
            labels: scope.podLabels,
            annotations: { 'coped/configuration-hash': contentHash(configuration) },
          },
          spec: { ...pod, ...spread(scope, replicas) },
        },
        volumeClaimTemplates: [dataClaim(scope, size)],
      },
    });
    new Service(scope, 'headless-service', { name: headlessName(scope.workload), port, headless: true });
    disruptionBudget(scope, replicas);
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

/** The claim `data` of each pod, which Kubernetes keeps when the StatefulSet is deleted. */
function dataClaim(
  { selector }: WorkloadChart,
  { storageGibibytes }: StatefulSize,
): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name: 'data', labels: selector, annotations: keptByArgoCd },
    spec: claimOf(storageGibibytes),
  };
}

/** A volume of this size, which one node may mount at a time. */
export function claimOf(storageGibibytes: number): k8s.PersistentVolumeClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    resources: { requests: { storage: k8s.Quantity.fromString(`${storageGibibytes}Gi`) } },
  };
}
