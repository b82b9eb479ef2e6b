import { ExecaError } from 'execa';
import { databaseNames } from '../../charts/configuration/databases.ts';
import { stanza } from '../../charts/configuration/pgbackrest.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import type { Contents } from '../load/contents.ts';
import { databaseOf } from '../load/database.ts';
import type { Destination } from '../load/destination.ts';
import { checkDumpFile, reasonOf } from '../load/dump-file.ts';
import { nextSteps } from '../load/next-steps.ts';
import { objections, omissions } from '../load/objections.ts';
import { type Present, readPresent } from '../load/present.ts';
import { checkWhole, readDump } from '../load/read-dump.ts';
import { replace } from '../load/replace.ts';
import { inMember, readyPrimary } from '../postgres/members.ts';
import { readRepository } from '../postgres/repository.ts';
import { checkReach } from '../restore/restore-point.ts';
import { confirm } from '../terminal/ask.ts';
import { bytes } from '../terminal/bytes.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * `npm run load -- ENVIRONMENT --dump FILE`: replaces what a database holds by a dump that `pg_dump` made of another
 * Postgres. Either all of it is replaced or nothing. Without `--database` it is the application's first one.
 *
 * @throws UserError when the dump cannot be loaded, the answer is no, or the load fails; then nothing has changed
 */
export async function loadCommand(
  name: EnvironmentName,
  options: TargetOptions & LoadOptions,
): Promise<void> {
  const { database } = databaseOf(environments[name], options.database);
  checkDumpFile(options.dump);
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This replaces the database ${database} of ${name}`, options);
  console.log(`reading ${options.dump}`);
  await load(cluster, environments[name], name, options);
}

/** The command itself, on a chosen cluster. */
export async function load(
  cluster: Cluster,
  environment: AnyEnvironment,
  name: string,
  { dump: file, database, yes }: Pick<TargetOptions, 'yes'> & LoadOptions,
): Promise<void> {
  const { namespace } = environment;
  const primary = await readyPrimary(cluster, namespace);
  if (primary === undefined)
    throw new UserError(
      `no member of Postgres in ${namespace} is a primary that is ready\nlook with: npm run doctor -- ${name} --context ${cluster.context}`,
    );
  const destination: Destination = { cluster, namespace, primary, ...databaseOf(environment, database) };

  const contents = await readDump(destination, file);
  const present = await readPresent(destination);
  const problems = objections(contents, present);
  if (problems.length > 0)
    throw new UserError(
      [`${file} cannot be loaded into ${destination.database}:`, ...problems.map((each) => `- ${each}`)].join(
        '\n',
      ),
    );
  await checkWhole(destination, file, name);
  const isRestorable = present.archives && present.tables > 0;
  if (isRestorable) await archiveAll(destination, name);

  await confirm(statement(destination, file, contents, present), yes);
  const everywhere = databaseNames(environment).length > 1 ? ', in every database' : '';
  const back = `back to what was there before${everywhere}: npm run restore -- ${name} --to TIME --discard-newer --context ${cluster.context}`;
  await replace(destination, file, contents, isRestorable ? back : undefined);
  console.log(await nextSteps(destination, environment, name));
}

interface LoadOptions {
  /** The file with the dump. */
  readonly dump: string;
  /** @default the application's first one */
  readonly database?: string;
}

/** What is replaced, by what, and what does not come over. */
function statement(destination: Destination, file: string, contents: Contents, present: Present): string {
  const { cluster, namespace, primary, database, isOfProgram } = destination;
  const left = omissions(contents, destination);
  const dump = `kubectl --context ${cluster.context} exec --namespace ${namespace} ${primary} --container postgres -- pg_dump --format=custom ${database} > before.dump`;
  return [
    `This replaces what ${database} in ${namespace} holds (${present.tables} tables, ${present.rows} rows, ${bytes(present.bytes)})`,
    `by ${file}: the database ${contents.database} of a Postgres ${contents.server}, dumped at ${contents.createdAt}.`,
    ...left.map((each) => `- ${each}`),
    isOfProgram
      ? 'What uses the database waits until it is done.'
      : 'Pages that use the database wait until it is done, and fail if that takes longer than 30 s.',
    ...(present.tables === 0 || present.archives
      ? []
      : [`There are no backups: what is there now is gone then. To keep it, first run: ${dump}`]),
  ].join('\n');
}

/**
 * Makes sure that one can return to the time before the load.
 *
 * @throws UserError when one could not
 */
async function archiveAll({ cluster, namespace, primary }: Destination, name: string): Promise<void> {
  try {
    checkReach(await readRepository(cluster, namespace), new Date(), undefined);
    await inMember(cluster, namespace, primary, ['pgbackrest', `--stanza=${stanza}`, 'check']);
  } catch (error) {
    if (!(error instanceof ExecaError || error instanceof UserError)) throw error;
    throw new UserError(
      `what is there now could not be restored after the load: ${error instanceof ExecaError ? reasonOf(error) : error.message}\n` +
        `nothing was changed; correct that first: npm run doctor -- ${name} --context ${cluster.context}, npm run backup -- ${name} --context ${cluster.context}`,
    );
  }
}
