import { get } from '../../tools/cluster/cluster.ts';
import { jobOf, type PodTemplate, reasonOf } from '../../tools/cluster/cron-job.ts';
import type { Target } from '../drills/target.ts';
import { eventually, type Outcome } from '../lib/kubectl.ts';
import { apply, kubectl } from './cluster.ts';

export type Change = (pod: PodTemplate) => PodTemplate;

export interface JobOutcome extends Pick<Outcome, 'exitCode' | 'output'> {
  /** The reason of a failure, where Kubernetes shows it. */
  readonly message: string;
}

interface Pods {
  readonly items: readonly { readonly status: Status }[];
}

interface Status {
  readonly containerStatuses?: readonly {
    readonly state: { readonly terminated?: { readonly exitCode: number } };
  }[];
}

/** Runs now, once, what a CronJob would, perhaps with another pod, and removes its Job. */
export async function runCronJobOnce(
  { cluster, namespace }: Target,
  cronJob: string,
  suffix: string,
  change?: Change,
): Promise<JobOutcome> {
  const options = { suffix, timeoutSeconds: 300, ...(change && { change }) };
  const { name, manifest } = await jobOf(cluster, namespace, cronJob, options);
  await remove(namespace, name);
  await apply(manifest);
  const pods = ['pods', '--namespace', namespace, '--selector', `batch.kubernetes.io/job-name=${name}`];
  const exitCode = await eventually(`the end of ${name}`, 330, async () => {
    const [pod] = (await get<Pods>(cluster, pods))?.items ?? [];
    return pod?.status.containerStatuses?.[0]?.state.terminated?.exitCode;
  });
  const message = (await reasonOf(cluster, namespace, name)) ?? '';
  const output = await kubectl('logs', '--namespace', namespace, `job/${name}`);
  await remove(namespace, name);
  return { exitCode, message, output };
}

/** With its pod, which would be taken for that of the next Job of this name. */
async function remove(namespace: string, job: string): Promise<void> {
  const which = ['job', job, '--namespace', namespace, '--ignore-not-found'];
  await kubectl('delete', ...which, '--cascade', 'foreground');
}

/** The pod with these variables in its container, in the place of its own of the same names. */
export function withVariables(pod: PodTemplate, variables: Readonly<Record<string, string>>): PodTemplate {
  const added = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const [container] = pod.containers;
  const others = (container.env ?? []).filter(({ name }) => !(name in variables));
  return { ...pod, containers: [{ ...container, env: [...others, ...added] }] };
}
