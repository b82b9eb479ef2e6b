import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { SingleJob } from '../../charts/jobs-by-command.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Cluster, get, list } from './cluster.ts';
import { runJob } from './job.ts';
import type { Job, Pod } from './objects.ts';
import { waitUntilReady } from './wait.ts';

/** The pod of a CronJob of the charts: it has one container, and volumes. */
export type PodTemplate = IPodSpec & { containers: [IContainer]; volumes: IVolume[] };

export interface OnceOptions {
  /** Suffix of the Job's name. */
  readonly suffix: string;
  /** How long the Job may take before Kubernetes ends it. */
  readonly timeoutSeconds: number;
  /**
   * Whether the Job is kept until somebody deletes it, because a later command asks for its outcome.
   *
   * @default false: it is deleted after a day, or when the CronJob has newer ones
   */
  readonly isKept?: boolean;
  /** @default no change */
  readonly change?: (pod: PodTemplate) => PodTemplate;
}

/** A time as the suffix of a name; later times sort after earlier ones. */
export function nameSuffix(at: Date): string {
  return at.toISOString().replace(/\..*/, 'z').replaceAll(/[-:]/g, '').toLowerCase();
}

/**
 * Runs the Job of a CronJob now, once, and shows the log. Its success counts as one of the CronJob. If a Job with this name
 * already runs, it is followed instead.
 *
 * @throws UserError with the pod's reason, when the Job fails or does not end in time
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

/** Like runOnce, but returns the log instead of showing it, and deletes the Job. */
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

/** The Job that a CronJob would create. */
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

/** Replaces what Kubernetes says about a failure by the reason that the pod gave. */
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

/** The reason of the failure in the container's termination message. */
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
