import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Replicas } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { apart, disruptionBudget } from './availability.ts';
import { safeToEvict } from './hardened-pod.ts';
import { workloadChartOf } from './workload-chart.ts';

export interface DeploymentProps {
  readonly replicas: number;
  readonly pod: k8s.PodSpec;
  /**
   * `RollingUpdate`: a new pod is ready before an old one ends. `Recreate`: the old pod ends first.
   * @default 'RollingUpdate'
   */
  readonly strategy?: 'RollingUpdate' | 'Recreate';
  /**
   * After how long without progress `kubectl rollout status` and Argo CD call a rollout failed. It goes on all the same.
   * @default 600, as Kubernetes has it
   */
  readonly progressDeadlineSeconds?: number | undefined;
}

/** How many pods there are, and whether a new one may run beside an old one. */
export function replicasIn(
  { kind }: AnyEnvironment,
  replicas: Replicas,
): Pick<DeploymentProps, 'replicas' | 'strategy'> {
  return replicas === 'exactly one' ? { replicas: 1, strategy: 'Recreate' } : { replicas: replicas[kind] };
}

/**
 * Keeps equal pods of its chart's workload running. Several pods are spread over nodes, and drained one at a time.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export class Deployment extends k8s.KubeDeployment {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    const chart = workloadChartOf(scope);
    const { replicas, pod, strategy = 'RollingUpdate', progressDeadlineSeconds } = props;
    super(scope, id, {
      metadata: { name: chart.workload.name },
      spec: {
        replicas,
        revisionHistoryLimit: 3,
        ...(progressDeadlineSeconds !== undefined && { progressDeadlineSeconds }),
        selector: { matchLabels: chart.selector },
        strategy:
          strategy === 'Recreate'
            ? { type: strategy }
            : {
                type: strategy,
                rollingUpdate: {
                  maxSurge: k8s.IntOrString.fromNumber(1),
                  maxUnavailable: k8s.IntOrString.fromNumber(0),
                },
              },
        template: {
          metadata: { labels: chart.podLabels, annotations: safeToEvict(pod) },
          spec: { ...pod, ...apart(scope, replicas) },
        },
      },
    });
    // A pod that cannot get ready, for example without its database, must not block the drain of its node.
    disruptionBudget(this, { replicas, unhealthyPods: 'AlwaysAllow' });
  }
}
