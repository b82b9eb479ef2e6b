import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clusterOf } from '../../environments/cluster.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { labels, selector, type Workload } from './workload.ts';

/** The chart of a workload: each object in it gets the environment's namespace and the workload's labels. */
export class WorkloadChart extends Chart {
  readonly workload: Workload;
  readonly environment: AnyEnvironment;
  /** The environment's workloads, this one among them. */
  readonly workloads: readonly Workload[];
  /** Labels of the chart's objects, for the pods that they create. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Labels that find those pods. */
  readonly selector: Readonly<Record<string, string>>;

  constructor(
    scope: Construct,
    workload: Workload,
    environment: AnyEnvironment,
    workloads: readonly Workload[],
  ) {
    const all = labels(environment, workload);
    super(scope, `${workload.order}-${workload.name}`, { namespace: environment.namespace, labels: all });
    this.workload = workload;
    this.environment = environment;
    this.workloads = workloads;
    this.podLabels = all;
    this.selector = selector(environment, workload);
  }
}

/**
 * The chart of the workload to which a construct belongs.
 *
 * @throws when its chart is that of no workload
 */
export function workloadChartOf(construct: Construct): WorkloadChart {
  const chart = Chart.of(construct);
  // cdk8s takes every Chart for an instance of each of its subclasses.
  if ('workload' in chart) return chart as WorkloadChart;
  throw new Error(`${construct.node.path} is in the chart ${chart.node.id}, which belongs to no workload`);
}

/** Adds a workload to an App: its ServiceAccount, its rights, and its objects. */
export function addWorkload(
  scope: Construct,
  workload: Workload,
  environment: AnyEnvironment,
  workloads: readonly Workload[],
): void {
  const chart = new WorkloadChart(scope, workload, environment, workloads);
  const { name } = workload;
  const { imagePullSecret } = clusterOf(environment);
  new k8s.KubeServiceAccount(chart, 'service-account', {
    metadata: { name },
    automountServiceAccountToken: false,
    ...(imagePullSecret !== undefined && { imagePullSecrets: [{ name: imagePullSecret }] }),
  });
  const rules = workload.mayDo?.(environment, workloads);
  if (rules) {
    new k8s.KubeRole(chart, 'role', { metadata: { name }, rules: [...rules] });
    new k8s.KubeRoleBinding(chart, 'role-binding', {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: environment.namespace }],
    });
  }
  workload.objects(chart);
}
