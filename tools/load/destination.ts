import type { Cluster } from '../cluster/cluster.ts';
import { queryMember, readyPrimary } from '../postgres/members.ts';
import type { Database } from './database.ts';

/** Where a dump is loaded. */
export interface Destination extends Database {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly primary: string;
}

/** Transactions that are under way have so many seconds to let go of a table. */
export const lockSeconds = 10;

/** What to tell the person when a lock could not be had: who holds one, and how to end that. */
export async function inUse(destination: Destination): Promise<string> {
  const found = await ask(
    destination,
    `SELECT format('process %s of %s (%s), for %s s: %s', pid, usename, application_name,
        round(extract(epoch FROM clock_timestamp() - xact_start)), regexp_replace(left(query, 200), '\\s+', ' ', 'g'))
      FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'relation' AND granted AND relation >= 16384)`,
  );
  return (
    `a table was in use for more than ${lockSeconds} s by: ${found || 'a transaction that has ended by now'}\n` +
    'wait until it is over, or end it: SELECT pg_terminate_backend(PROCESS) as the superuser (docs/postgres.md)'
  );
}

/** Asks the member that is the primary now. */
export async function ask(
  { cluster, namespace, primary, database }: Destination,
  query: string,
): Promise<string> {
  const now = (await readyPrimary(cluster, namespace)) ?? primary;
  return (await queryMember(cluster, namespace, now, query, database)).trim();
}
