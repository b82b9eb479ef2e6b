import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, chooseCluster, get, readOnlyCluster, type TargetOptions } from '../cluster/cluster.ts';
import type { CronJob } from '../cluster/objects.ts';
import { type Backup, type Repository, toldByJob, toldByMember } from '../postgres/repository.ts';
import { bytes } from '../terminal/bytes.ts';
import { duration } from '../terminal/duration.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

const kinds = { full: 'full', diff: 'differential', incr: 'incremental' } as const;

/**
 * `npm run backups -- ENVIRONMENT`: lists the backups, and the times to which Postgres can be restored. It asks only before
 * it creates a Job, which it does if no member of Postgres runs.
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
  if (told) return showBackups(cluster, name, told);
  const chosen = await chooseCluster(
    `No member of Postgres runs: this makes a Job that lists the backups of ${name}`,
    options,
  );
  await showBackups(chosen, name, await toldByJob(chosen, namespace));
}

async function showBackups(target: Cluster, name: EnvironmentName, repository: Repository): Promise<void> {
  const now = new Date();
  console.log(table(repository.backups, now));
  console.log(reach(repository, now, `npm run backup -- ${name} --context ${target.context}`));
  console.log(await restoreTests(target, environments[name].namespace, now));
}

/** One line per backup, the newest last. */
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

/**
 * The times to which Postgres can be restored.
 *
 * @param backUp the command that makes a backup, for people
 */
export function reach({ backups, newest, gap }: Repository, now: Date, backUp: string): string {
  const [oldest] = backups;
  if (!oldest || !newest) return 'nothing can be restored';
  const at = new Date(gap ?? newest.at);
  const age = duration((now.getTime() - at.getTime()) / 1000);
  const gaps = backups.flatMap(({ annotation, timestamp }) =>
    annotation?.gap === undefined ? [] : [`but not from ${annotation.gap} to ${time(timestamp.stop)}`],
  );
  const segment = gap ? '' : ` (segment ${newest.segment})`;
  return [
    `can be restored: any time from ${time(oldest.timestamp.stop)} to ${time(at.getTime() / 1000)}, ${age} ago${segment}`,
    ...gaps,
    ...(gap ? [`but not after ${gap}: WAL is missing since; back up now with ${backUp}`] : []),
  ].join('\n');
}

async function restoreTests(target: Cluster, namespace: string, now: Date): Promise<string> {
  const cronJob = await get<CronJob>(target, ['cronjob/postgres-restore-test', '--namespace', namespace]);
  const { lastSuccessfulTime } = cronJob?.status ?? {};
  if (lastSuccessfulTime === undefined) return 'no restore test has succeeded yet';
  const seconds = (now.getTime() - Date.parse(lastSuccessfulTime)) / 1000;
  return `last restore test that succeeded: ${lastSuccessfulTime}, ${duration(seconds)} ago`;
}

/** As `--to` takes it. */
function time(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace('.000Z', 'Z')
    .replace(/\.\d+Z/, 'Z');
}
