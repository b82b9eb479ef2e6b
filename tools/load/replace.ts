import { randomUUID } from 'node:crypto';
import { ExecaError } from 'execa';
import { inMember } from '../postgres/members.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { UserError } from '../terminal/user-error.ts';
import type { Contents } from './contents.ts';
import { ask, type Destination, inUse, lockSeconds } from './destination.ts';
import { reasonOf } from './dump-file.ts';
import { hasOldComment } from './objections.ts';
import { rows, tables } from './present.ts';

/**
 * Empties the database as the superuser. Nobody sees it before the end, and nothing is written between the time that it
 * tells and the end.
 */
const before = (
  owner: string,
  makesPublic: boolean,
  back: string | undefined,
) => `SET client_min_messages = warning;
SET lock_timeout = '${lockSeconds}s';
BEGIN;
DO $$
DECLARE tables text := (SELECT string_agg(oid::regclass::text, ', ') FROM ${tables});
BEGIN
  IF tables IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE'; END IF;
END $$;
SELECT 'everybody who uses a table waits; transaction ' || pg_current_xact_id() || ' replaces them';
${back === undefined ? '' : `SELECT replace('${back.replaceAll("'", "''")}', '--to TIME', '--to ' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));`}
\\o /dev/null
DROP SCHEMA public CASCADE;
SET ROLE "${owner}";
${makesPublic ? '' : 'CREATE SCHEMA public;'}
`;

/** Tells what was loaded. */
const after = `
ANALYZE;
\\o
SELECT 'loaded ' || (SELECT count(*) FROM ${tables}) || ' tables with ' || ${rows} || ' rows';
COMMIT;
`;

/** The COMMIT is sent only when all of the dump was: what ends earlier, for whatever reason, changes nothing. */
const pipeline = (rights: string) => `set -o pipefail
restore=("\${@:3}")
{ printf %s "$1"; "\${restore[@]}" && echo 'RESET ROLE;' && ${rights} && printf %s "$2"; } |
  psql --no-psqlrc --quiet --tuples-only --no-align --echo-errors --set=ON_ERROR_STOP=1 --file=- \\
    --host=/run/postgresql --username=postgres --dbname="$0"`;

/**
 * Replaces what the database holds by the dump, in one transaction, and shows what was loaded.
 *
 * @param back says how one returns to the time TIME; undefined where nobody can
 * @throws UserError when it fails or is ended, with the reason; then nothing has changed
 */
export async function replace(
  destination: Destination,
  file: string,
  contents: Contents,
  back: string | undefined,
): Promise<void> {
  const { cluster, namespace, primary, database, owner, rights } = destination;
  const left = ['owner', 'acl', 'publications', 'subscriptions', 'security-labels', 'tablespaces'];
  const options = [...left, ...(hasOldComment(contents.named) ? ['comments'] : [])].map(
    (what) => `--no-${what}`,
  );
  // A load that another person has begun must not be ended in the place of this one.
  const session = `npm-run-load-${randomUUID()}`;
  const command = [
    ...['bash', '-c', pipeline(rights), `dbname=${database} application_name=${session}`],
    ...[before(owner, contents.makesPublic, back), after, 'pg_restore', '--file=-', ...options],
  ];
  const work = inMember(cluster, namespace, primary, command, {
    inputFile: file,
    stdout: ['inherit', 'pipe'],
  });
  try {
    await untilInterrupted(work);
  } catch (error) {
    if (!(error instanceof ExecaError || error instanceof UserError)) throw error;
    await explain(destination, session, error, work);
  }
}

/**
 * Ends the session, should it go on, and finds out whether it has committed: only Postgres knows that when a connection
 * breaks or somebody ends this program.
 *
 * @throws UserError with the reason, unless it has committed
 */
async function explain(
  destination: Destination,
  session: string,
  error: ExecaError | UserError,
  work: Promise<string>,
): Promise<void> {
  let reason = error instanceof ExecaError ? reasonOf(error) : error.message;
  let state: string;
  try {
    if (/lock timeout/.test(reason)) reason = await inUse(destination);
    await ask(
      destination,
      `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE application_name = '${session}'`,
    );
    const said = await work.catch((ended: unknown) => (ended instanceof ExecaError ? `${ended.stdout}` : ''));
    const [, transaction] = /transaction (\d+) replaces/.exec(said) ?? [];
    state =
      transaction === undefined
        ? 'aborted'
        : await ask(destination, `SELECT pg_xact_status('${transaction}')`);
  } catch (failure) {
    if (!(failure instanceof ExecaError)) throw failure;
    state = reasonOf(failure);
  }
  if (state === 'aborted')
    throw new UserError(`${reason}\nnothing was changed: ${destination.database} is as it was`);
  if (state !== 'committed')
    throw new UserError(
      `${reason}\nwhether ${destination.database} was replaced is not known: ${state}\n` +
        'when Postgres answers, give the same command again: it says what there is, and asks',
    );
  console.log(`${reason}\nit was committed all the same`);
}
