import { k8s } from 'cdk8s-plus-27';
import type { WorkloadChart } from './workload.ts';

/**
 * Lets a drain of nodes evict one pod at a time. A single pod has no such budget, which would only block the drain.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function disruptionBudget(scope: WorkloadChart, replicas: number): void {
  if (replicas === 1) return;
  new k8s.KubePodDisruptionBudget(scope, 'disruption-budget', {
    metadata: { name: scope.workload.name },
    spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels: scope.selector } },
  });
}

/**
 * Spreads pods over zones and nodes if there is room. A cluster with one node must still start.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export function spread(
  scope: WorkloadChart,
  replicas: number,
): Pick<k8s.PodSpec, 'topologySpreadConstraints'> {
  if (replicas === 1) return {};
  return {
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
      (topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: scope.selector },
      }),
    ),
  };
}
