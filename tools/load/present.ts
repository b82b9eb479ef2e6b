import { ExecaError } from 'execa';
import { noArchive } from '../../charts/configuration/pgbackrest.ts';
import { queryMember } from '../postgres/members.ts';
import { boolean, listOf, number, object, readJson, recordOf, string } from '../terminal/json.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Destination, inUse, lockSeconds } from './destination.ts';
import { reasonOf } from './dump-file.ts';

/** What the primary has, before a load. */
export type Present = ReturnType<typeof present>;

const present = object({
  /** Major version of Postgres. */
  version: number,
  tables: number,
  rows: number,
  /** Size of the database, in bytes. */
  bytes: number,
  /** Whether what is committed is archived, so that it can be restored. */
  archives: boolean,
  /** The extensions that there are, and whether the owner of a database may create them. */
  extensions: recordOf(boolean),
  roles: listOf(string),
});

/** The tables of the application. */
export const tables = `pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p')`;

/** The exact number of rows of all of them. A partition's are not counted again with its table's. */
export const rows = `(SELECT coalesce(sum((xpath('/row/n/text()', query_to_xml(
  'SELECT count(*) AS n FROM ' || oid::regclass, false, true, '')))[1]::text::bigint), 0)
  FROM ${tables} AND relkind = 'r')`;

const query = `SELECT json_build_object(
  'version', current_setting('server_version_num')::int / 10000,
  'tables', (SELECT count(*) FROM ${tables}),
  'rows', ${rows},
  'bytes', pg_database_size(current_database()),
  'archives', current_setting('archive_command') <> '${noArchive}',
  'roles', (SELECT json_agg(rolname) FROM pg_roles),
  'extensions', (SELECT json_object_agg(name, NOT superuser OR trusted)
    FROM pg_available_extension_versions JOIN pg_available_extensions USING (name) WHERE version = default_version))`;

/**
 * Asks the primary.
 *
 * @throws UserError when it does not tell, for example because somebody has locked a table
 */
export async function readPresent(destination: Destination): Promise<Present> {
  const { cluster, namespace, primary, database } = destination;
  const patient = `dbname=${database} options='-c lock_timeout=${lockSeconds}s'`;
  try {
    return readJson('the primary', await queryMember(cluster, namespace, primary, query, patient), present);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const reason = reasonOf(error);
    throw new UserError(
      `what ${database} in ${namespace} holds cannot be read: ${/lock timeout/.test(reason) ? await inUse(destination) : reason}`,
    );
  }
}
