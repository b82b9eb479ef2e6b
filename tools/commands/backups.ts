import { ExecaError } from 'execa';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, chooseCluster, get, readOnlyCluster, type TargetOptions } from '../cluster/cluster.ts';
import { nameSuffix, outputOf } from '../cluster/cron-job.ts';
import type { CronJob } from '../cluster/objects.ts';
import { inMember, memberPods } from '../postgres/members.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** A backup, as pgBackRest describes it; times in seconds since 1970, sizes in bytes. */
export interface Backup {
  readonly label: string;
  readonly type: 'full' | 'diff' | 'incr';
  readonly timestamp: { readonly start: number; readonly stop: number };
  readonly info: { readonly size: number; readonly repository: { readonly delta: number } };
  readonly archive: { readonly start: string; readonly stop: string };
  readonly annotation?: Readonly<Record<string, string>>;
  /** Whether a checksum of Postgres' pages was wrong when they were copied; null where none was looked at. */
  readonly error?: boolean | null;
}

/** What the object store holds, as `describe-backups` in Postgres' image tells it. */
export interface Repository {
  /** The oldest first. */
  readonly backups: readonly Backup[];
  /** The newest segment of the write-ahead log, and when it was archived. */
  readonly newest: { readonly segment: string; readonly at: string } | null;
  /** Up to when the log leads on from the newest backup, if some of it is missing after that; older images do not say it. */
  readonly hole?: string | null;
}

const kinds = { full: 'full', diff: 'differential', incr: 'incremental' } as const;

/**
 * `npm run backups -- ENVIRONMENT`: the backups that there are, and to which times Postgres can be restored. Asks only
 * before it makes a Job, which it does when no member of Postgres runs.
 *
 * @throws UserError when the environment has no backups, the object store cannot be read, or the answer is no
 */
export async function backupsCommand(name: EnvironmentName, options: TargetOptions): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await readOnlyCluster(options.context);
  const environment: AnyEnvironment = environments[name];
  const { namespace } = environment;
  if (!environment.backups) throw new UserError(`${name} has no backups`);
  const told = await toldByMember(cluster, namespace);
  if (told) return showBackups(cluster, namespace, told);
  const chosen = await chooseCluster(
    `No member of Postgres runs: this makes a Job that lists the backups of ${name}`,
    options,
  );
  await showBackups(chosen, namespace, await toldByJob(chosen, namespace));
}

async function showBackups(target: Cluster, namespace: string, repository: Repository): Promise<void> {
  const now = new Date();
  console.log(table(repository.backups, now));
  console.log(reach(repository, now));
  console.log(await rehearsals(target, namespace, now));
}

/**
 * What the object store holds: told by a member of Postgres, or, when none runs, by a Job.
 *
 * @throws UserError with the reason, when the object store cannot be read
 */
export async function readRepository(target: Cluster, namespace: string): Promise<Repository> {
  return (await toldByMember(target, namespace)) ?? (await toldByJob(target, namespace));
}

/**
 * What the object store holds, told by a member of Postgres, so that nothing is made; undefined when none runs.
 *
 * @throws UserError with the reason, when the object store cannot be read
 */
export async function toldByMember(target: Cluster, namespace: string): Promise<Repository | undefined> {
  const running = (await memberPods(target, namespace)).find(({ status }) =>
    status?.containerStatuses?.some(({ name, state }) => name === 'postgres' && state?.running),
  );
  return running && JSON.parse(await describeIn(target, namespace, running.metadata.name));
}

async function describeIn(target: Cluster, namespace: string, pod: string): Promise<string> {
  try {
    return await inMember(target, namespace, pod, ['describe-backups']);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new UserError(`${error.stderr}`.replace(/\n?command terminated with exit code \d+\n?$/, ''));
  }
}

async function toldByJob(target: Cluster, namespace: string): Promise<Repository> {
  const text = await outputOf(target, namespace, 'postgres-restore', {
    suffix: nameSuffix(new Date()),
    timeoutSeconds: 300,
    change: (pod) => ({
      ...pod,
      containers: [{ ...pod.containers[0], command: ['tini', '--', 'describe-backups'] }],
      volumes: pod.volumes.map((volume) =>
        volume.name === 'data' ? { name: 'data', emptyDir: {} } : volume,
      ),
    }),
  });
  return JSON.parse(text);
}

/** One line a backup, the newest last. */
export function table(backups: readonly Backup[], now: Date): string {
  if (backups.length === 0) return 'the object store holds no backup';
  const rows = backups.map(({ label, type, timestamp, info, annotation, error }) => [
    label,
    kinds[type],
    time(timestamp.stop),
    duration(now.getTime() / 1000 - timestamp.stop),
    duration(timestamp.stop - timestamp.start),
    bytes(info.size),
    bytes(info.repository.delta),
    annotation?.rows === undefined ? 'no' : 'yes',
    error ? 'damaged pages' : '',
  ]);
  const head = ['label', 'kind', 'finished', 'age', 'took', 'database', 'new in store', 'rows recorded', ''];
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** From when to when a restore can go. */
export function reach({ backups, newest, hole }: Repository, now: Date): string {
  const [oldest] = backups;
  if (!oldest || !newest) return 'nothing can be restored';
  const at = new Date(hole ?? newest.at);
  const age = duration((now.getTime() - at.getTime()) / 1000);
  const holes = backups.flatMap(({ annotation, timestamp }) =>
    annotation?.hole === undefined ? [] : [`but not from ${annotation.hole} to ${time(timestamp.stop)}`],
  );
  const segment = hole ? '' : ` (segment ${newest.segment})`;
  return [
    `can be restored: any time from ${time(oldest.timestamp.stop)} to ${time(at.getTime() / 1000)}, ${age} ago${segment}`,
    ...holes,
    ...(hole ? [`but not after ${hole}: log is missing since; back up now with npm run backup`] : []),
  ].join('\n');
}

async function rehearsals(target: Cluster, namespace: string, now: Date): Promise<string> {
  const cronJob = await get<CronJob>(target, ['cronjob/postgres-rehearsal', '--namespace', namespace]);
  const { lastSuccessfulTime } = cronJob?.status ?? {};
  if (lastSuccessfulTime === undefined) return 'a restore has not been rehearsed yet';
  const seconds = (now.getTime() - Date.parse(lastSuccessfulTime)) / 1000;
  return `last restore that was rehearsed with success: ${lastSuccessfulTime}, ${duration(seconds)} ago`;
}

/** As `--to` takes it. */
function time(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace('.000Z', 'Z')
    .replace(/\.\d+Z/, 'Z');
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3600) return `${Math.round(whole / 60)} min`;
  return whole < 2 * 86_400 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`;
}

function bytes(count: number): string {
  return count < 2 ** 30 ? `${(count / 2 ** 20).toFixed(1)} MiB` : `${(count / 2 ** 30).toFixed(2)} GiB`;
}
