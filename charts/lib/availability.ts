import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { workloadChartOf } from './workload-chart.ts';

export interface DisruptionBudgetProps {
  readonly replicas: number;
  /**
   * Whether a pod that is not ready may be evicted even when none can be spared. Pods that keep data must be ready, so that
   * the others have their data too.
   */
  readonly unhealthyPods: 'AlwaysAllow' | 'IfHealthyBudget';
}

/**
 * Lets a drain of nodes evict one pod at a time. A single pod has no budget, which would only block the drain.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function disruptionBudget(scope: Construct, { replicas, unhealthyPods }: DisruptionBudgetProps): void {
  if (replicas === 1) return;
  const { workload, selector } = workloadChartOf(scope);
  new k8s.KubePodDisruptionBudget(scope, 'disruption-budget', {
    metadata: { name: workload.name },
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      selector: { matchLabels: selector },
      unhealthyPodEvictionPolicy: unhealthyPods,
    },
  });
}

/**
 * Places the pods of a workload on different nodes, and if possible in different zones. It is a preference, because a
 * cluster of one node must still start. Unlike a topology spread constraint, it holds on nodes without the label of a zone.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
export function apart(scope: Construct, replicas: number): Pick<k8s.PodSpec, 'affinity'> {
  if (replicas === 1) return {};
  const labelSelector = { matchLabels: workloadChartOf(scope).selector };
  const term = (topologyKey: string, weight: number) => ({
    weight,
    podAffinityTerm: { topologyKey, labelSelector },
  });
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          term('kubernetes.io/hostname', 100),
          term('topology.kubernetes.io/zone', 50),
        ],
      },
    },
  };
}
