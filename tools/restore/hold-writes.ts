import { ExecaError } from 'execa';
import type { Cluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';
import { inMember, queryMember, readyPrimary } from '../postgres/members.ts';
import { UserError } from '../terminal/user-error.ts';

/** Name by which the session that holds writes is found. */
const session = 'restore-holds-writes';

/** Writes go on by themselves after so many seconds, should nobody be left to stop Postgres. */
const holdSeconds = 120;

/** Writing transactions that are under way have so many seconds to end. */
const lockSeconds = 10;

const tables = `SELECT string_agg(pg_class.oid::regclass::text, ', ')
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname NOT IN ('pg_catalog', 'information_schema')`;

const databases = `SELECT datname FROM pg_database
 WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' ORDER BY datname`;

/** Pages are read on; whoever writes waits. Nothing of it outlives the session, which is one for each database. */
const hold = `DO $$
DECLARE tables text := (${tables});
BEGIN
  IF tables IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || tables || ' IN EXCLUSIVE MODE'; END IF;
  PERFORM pg_sleep(${holdSeconds});
END $$`;

/**
 * Runs a check that sees the last write: from before it until Postgres is stopped, nobody can write. When the check
 * fails, writes go on. Where no primary runs, nobody writes anyway.
 *
 * @throws UserError when a transaction does not let go of a table; and what the check throws
 */
export async function holdWrites(
  cluster: Cluster,
  namespace: string,
  check: () => Promise<void>,
): Promise<void> {
  const primary = await readyPrimary(cluster, namespace);
  if (primary === undefined) return check();
  const ofSession = `FROM pg_stat_activity WHERE application_name = '${session}'`;
  const letGo = () =>
    queryMember(cluster, namespace, primary, `SELECT pg_terminate_backend(pid, 5000) ${ofSession}`);
  // Of a restore that was cut off.
  await letGo();

  const names = (await queryMember(cluster, namespace, primary, databases)).trim().split('\n');
  let ended: unknown;
  for (const name of names)
    inMember(cluster, namespace, primary, [
      'psql',
      '--host=/run/postgresql',
      '--username=postgres',
      `--dbname=dbname='${name.replaceAll(/[\\']/g, '\\$&')}' application_name=${session}`,
      '--set=ON_ERROR_STOP=1',
      `--command=SET lock_timeout = '${lockSeconds}s'`,
      `--command=${hold}`,
    ]).catch((error: unknown) => {
      // It ends so with Postgres too; before it holds, it is the reason why it does not.
      ended ??= error;
    });
  try {
    await until(
      2 * lockSeconds,
      async () => {
        if (ended !== undefined) throw ended;
        const query = `SELECT count(*) ${ofSession} AND wait_event = 'PgSleep'`;
        const held = (await queryMember(cluster, namespace, primary, query)).trim();
        return Number(held) === names.length ? { done: true } : { waits: 'writes' };
      },
      () => `writes to the database in ${namespace} cannot be held; give the same command again to go on`,
    );
    await check();
  } catch (error) {
    await letGo();
    if (!(error instanceof ExecaError) || error !== ended) throw error;
    throw new UserError(
      `writes to the database in ${namespace} cannot be held: ${error.stderr}\n` +
        'let the transactions that write end, then give the same command again to go on',
    );
  }
}
