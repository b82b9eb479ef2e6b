import { k8s } from 'cdk8s-plus-27';
import { disruptionBudget, spread } from './availability.ts';
import type { WorkloadChart } from './workload.ts';

export interface DeploymentProps {
  readonly replicas: number;
  readonly pod: k8s.PodSpec;
  /**
   * `RollingUpdate`: a new pod is ready before an old one ends. `Recreate`: the old pod ends first.
   * @default 'RollingUpdate'
   */
  readonly strategy?: 'RollingUpdate' | 'Recreate';
}

/**
 * Keeps equal pods of its chart's workload running. Several pods are spread over nodes, and drained one at a time.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export class Deployment extends k8s.KubeDeployment {
  constructor(
    scope: WorkloadChart,
    id: string,
    { replicas, pod, strategy = 'RollingUpdate' }: DeploymentProps,
  ) {
    super(scope, id, {
      metadata: { name: scope.workload.name },
      spec: {
        replicas,
        revisionHistoryLimit: 3,
        selector: { matchLabels: scope.selector },
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
        template: { metadata: { labels: scope.podLabels }, spec: { ...pod, ...spread(scope, replicas) } },
      },
    });
    disruptionBudget(scope, replicas);
  }
}
