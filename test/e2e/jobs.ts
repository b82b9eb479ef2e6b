import type { k8s } from 'cdk8s-plus-27';
import { apply, attempt, eventually, kubectl, type Outcome } from './cluster.ts';

export interface JobOutcome extends Pick<Outcome, 'exitCode' | 'output'> {
  /** The reason that it leaves where Kubernetes shows it. */
  readonly message: string;
}

/** Runs the Job of a CronJob now, once, perhaps with another pod. */
export async function runJob(
  namespace: string,
  cronJob: string,
  name: string,
  change: (pod: k8s.PodSpec) => k8s.PodSpec = (pod) => pod,
): Promise<JobOutcome> {
  await kubectl('delete', 'job', name, '--namespace', namespace, '--ignore-not-found');
  const made = await kubectl(
    ...['create', 'job', name, `--from=cronjob/${cronJob}`, '--namespace', namespace],
    ...['--dry-run=client', '--output', 'json'],
  );
  const job = JSON.parse(made);
  job.spec.backoffLimit = 0;
  job.spec.template.spec = change(job.spec.template.spec);
  await apply(job);
  const pods = ['pods', '--namespace', namespace, '--selector', `batch.kubernetes.io/job-name=${name}`];
  const state = '{.items[0].status.containerStatuses[0].state.terminated';
  const exitCode = await eventually(`the end of ${name}`, 300, async () => {
    const { output } = await attempt('kubectl', ['get', ...pods, '--output', `jsonpath=${state}.exitCode}`]);
    return /^\d+$/.test(output) && output;
  });
  const message = await kubectl('get', ...pods, '--output', `jsonpath=${state}.message}`);
  const output = await kubectl('logs', '--namespace', namespace, `job/${name}`);
  return { exitCode: Number(exitCode), message, output };
}

/** The pod with these variables in its containers, in the place of its own of the same names. */
export function withVariables(pod: k8s.PodSpec, variables: Readonly<Record<string, string>>): k8s.PodSpec {
  const added = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const containers = pod.containers.map((container) => {
    const others = (container.env ?? []).filter(({ name }) => !(name in variables));
    return { ...container, env: [...others, ...added] };
  });
  return { ...pod, containers };
}
