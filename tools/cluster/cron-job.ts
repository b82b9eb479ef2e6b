import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { SingleJob } from '../../charts/commanded-jobs.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Cluster, get, list } from './cluster.ts';
import { runJob } from './job.ts';
import type { Job, Pod } from './objects.ts';
import { waitUntilReady } from './wait.ts';

/** The pod that a CronJob of the charts makes: it has one container, and volumes. */
export type PodTemplate = IPodSpec & { containers: [IContainer]; volumes: IVolume[] };

export interface OnceOptions {
  /** Ends the name of the Job. */
  readonly suffix: string;
  /** How long the Job may take; then Kubernetes ends it. */
  readonly timeoutSeconds: number;
  /**
   * Whether the Job stays until it is deleted, because a later command asks what became of it.
   *
   * @default false: it goes after a day, or when the CronJob has newer ones
   */
  readonly isKept?: boolean;
  /** @default no change */
  readonly change?: (pod: PodTemplate) => PodTemplate;
}

/** A moment as the end of a name: later ones come later. */
export function nameSuffix(at: Date): string {
  return at.toISOString().replace(/\..*/, 'z').replaceAll(/[-:]/g, '').toLowerCase();
}

/**
 * Runs now, and once, what a CronJob would do at its time, and shows the log. It counts as a success of the CronJob. A
 * Job of this name that runs already is followed.
 *
 * @throws UserError with the reason that the pod gave, when it fails or does not end in time
 */
export async function runOnce(
  cluster: Cluster,
  namespace: string,
  cronJob: string,
  options: OnceOptions,
): Promise<void> {
  const job = await jobOf(cluster, namespace, cronJob, options);
  await orReason(cluster, namespace, job.name, runJob(cluster, namespace, job, options.timeoutSeconds));
}

/** Like runOnce, but gives the log instead of showing it, and removes the Job. */
export async function outputOf(
  cluster: Cluster,
  namespace: string,
  cronJob: string,
  options: OnceOptions,
): Promise<string> {
  const { name, manifest } = await jobOf(cluster, namespace, cronJob, options);
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(manifest) });
  const wait = { timeoutSeconds: options.timeoutSeconds, endsAtGate: false, report: () => {} };
  await orReason(cluster, namespace, name, waitUntilReady(cluster, namespace, [{ kind: 'Job', name }], wait));
  const output = await cluster.kubectl(['logs', '--namespace', namespace, `job/${name}`]);
  await cluster.kubectl(['delete', `job/${name}`, '--namespace', namespace]);
  return output;
}

/** What a CronJob would make at its time, but once. */
export async function jobOf(
  cluster: Cluster,
  namespace: string,
  cronJob: string,
  { suffix, timeoutSeconds, isKept = false, change = (pod) => pod }: OnceOptions,
): Promise<SingleJob> {
  if (!(await get(cluster, [`cronjob/${cronJob}`, '--namespace', namespace]))) {
    throw new UserError(
      `there is no CronJob ${cronJob} in ${namespace} of "${cluster.context}": it is not deployed, or has no backups`,
    );
  }
  const name = `${cronJob}-${suffix}`;
  const from = ['create', 'job', name, `--from=cronjob/${cronJob}`, '--namespace', namespace];
  const job: Job = JSON.parse(await cluster.kubectl([...from, '--dry-run=client', '--output', 'json']));
  const template = { ...job.spec.template, spec: change(job.spec.template.spec as PodTemplate) };
  const spec = { ...job.spec, backoffLimit: 0, activeDeadlineSeconds: timeoutSeconds, template };
  const manifest = isKept
    ? { ...job, metadata: { ...job.metadata, ownerReferences: [] }, spec }
    : { ...job, spec: { ...spec, ttlSecondsAfterFinished: 24 * 3600 } };
  return { name, manifest };
}

/** Has the reason that the pod gave stand in the place of what Kubernetes says of its failure. */
async function orReason(
  cluster: Cluster,
  namespace: string,
  job: string,
  end: Promise<unknown>,
): Promise<void> {
  try {
    await end;
  } catch (error) {
    const reason = error instanceof UserError && (await reasonOf(cluster, namespace, job));
    throw reason ? new UserError(reason) : error;
  }
}

/** What the container has left as the reason of its failure. */
export async function reasonOf(
  cluster: Cluster,
  namespace: string,
  job: string,
): Promise<string | undefined> {
  const selector = ['--selector', `batch.kubernetes.io/job-name=${job}`];
  const pods = await list<Pod>(cluster, ['pods', '--namespace', namespace, ...selector]);
  return pods
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .map(({ state }) => state?.terminated?.message)
    .find((message) => message !== undefined);
}
