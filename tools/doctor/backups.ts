import { get } from '../cluster/cluster.ts';
import type { CronJob } from '../cluster/objects.ts';
import { queryMember } from '../postgres/members.ts';
import { type Backup, type Repository, toldByMember } from '../postgres/repository.ts';
import { duration } from '../terminal/duration.ts';
import { nullable, object, readJson, string } from '../terminal/json.ts';
import { UserError } from '../terminal/user-error.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';
import { leaderOf } from './postgres.ts';

/** Each environment makes at least one backup a day; an hour is added for the work. */
const dailySeconds = 25 * 3600;

const noBackups = bad(
  'none are made: it was deployed without an object store',
  'on the local cluster: npm run object-store; elsewhere deploy the environment again',
);

/** Whether the WAL that Postgres considers archived is in the object store: if too much waits, pgBackRest drops it. */
export async function archivedWal(patient: Patient): Promise<Finding> {
  if (!(await cronJob(patient, 'postgres-backup-full'))) return noBackups;
  const { cluster, environment, name } = patient;
  const leader = await leaderOf(cluster, environment);
  const query = `SELECT json_build_object('segment', last_archived_wal) FROM pg_stat_archiver`;
  const answer = await queryMember(cluster, environment.namespace, leader, query);
  const { segment } = readJson('pg_stat_archiver', answer, object({ segment: nullable(string) }));
  const { newest, gap } = await repositoryOf(patient);
  if (!newest) return warning('there is none yet', 'if that lasts, look at what is said of the archive');
  const remedy = `nothing after that can be restored until the next backup: npm run backup -- ${name} --context ${cluster.context}`;
  // History and backup label files are archived too; they do not count here.
  if (/^[0-9A-F]{24}$/.test(segment ?? '') && `${segment}` > newest.segment)
    return bad(
      `${segment} was dropped, because too much waited for the object store; the newest that is there is ${newest.segment}`,
      remedy,
    );
  // As soon as the store is back, the newest segment is archived again, whatever was dropped before it.
  if (gap)
    return bad(
      `it is not complete after ${gap}: some WAL was dropped, or is on its way`,
      `${remedy}; if that does not help, docs/backups.md, "history"`,
    );
  return good(`${newest.segment} is the newest in the object store`);
}

/**
 * How old the newest backup is, and whether it can be trusted. It asks the object store itself, because a Job may have
 * succeeded and its backup may be gone.
 */
export async function backups(patient: Patient): Promise<Finding> {
  if (!(await cronJob(patient, 'postgres-backup-full'))) return noBackups;
  const { backups: kept } = await repositoryOf(patient);
  const { context } = patient.cluster;
  const remedy = `npm run backup -- ${patient.name} --context ${context}`;
  const newest = kept.at(-1);
  if (newest === undefined) return bad('the object store holds none', remedy);
  const age = ({ timestamp }: Backup) => patient.now.getTime() / 1000 - timestamp.stop;
  const detail = `the newest of ${kept.length}, ${newest.label}, is ${duration(age(newest))} old`;
  if (newest.error)
    return bad(
      `${detail} and holds damaged pages`,
      `docs/postgres.md, "Copy a member anew"; then ${remedy} --kind full`,
    );
  if (age(newest) > dailySeconds) return bad(detail, remedy);
  // Only a replica can count them; a single member has none.
  if (patient.environment.postgres.members === 1 || hasRows(newest)) return good(detail);
  const { namespace } = patient.environment;
  const why = `kubectl --context ${context} --namespace ${namespace} logs --selector app.kubernetes.io/name=postgres-backup --prefix --tail=-1`;
  return kept.some((backup) => age(backup) <= dailySeconds && hasRows(backup))
    ? warning(`${detail}, without its rows: a restore test cannot compare them`, `the reason is in: ${why}`)
    : bad(
        `${detail}; none of the last day has its rows: a restore test cannot compare them`,
        `the reason is in: ${why}; then ${remedy}`,
      );
}

/** Whether a restore test can compare the rows of the backup. */
function hasRows({ annotation }: Backup): boolean {
  return annotation?.rows !== undefined;
}

/**
 * What the object store holds. The doctor changes nothing, so it creates no Job to find out.
 *
 * @throws UserError when no member of Postgres runs, or the object store cannot be read
 */
async function repositoryOf({ cluster, environment }: Patient): Promise<Repository> {
  const told = await toldByMember(cluster, environment.namespace);
  if (!told) throw new UserError('no member of Postgres runs');
  return told;
}

/** A CronJob of the backups; a local cluster without an object store has none. */
async function cronJob({ cluster, environment }: Patient, name: string): Promise<CronJob | undefined> {
  return await get<CronJob>(cluster, ['cronjob', name, '--namespace', environment.namespace]);
}
