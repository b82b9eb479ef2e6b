import { reindexJob } from '../../charts/jobs-by-command.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { Application } from '../../environments/contract.ts';
import { chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import { deployedEnvironment, runJob } from '../cluster/job.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * `npm run reindex -- ENVIRONMENT`: makes the search index equal to Postgres, with a Job whose log it shows. Search goes on
 * meanwhile.
 *
 * @throws UserError when the environment is not deployed, has no credentials, or the Job fails
 */
export async function reindexCommand(
  name: EnvironmentName,
  options: TargetOptions & { readonly force: boolean; readonly timeout: number },
): Promise<void> {
  const { searchIndex }: Application = environments[name].application;
  if (searchIndex === undefined)
    throw new UserError(
      'the application has no search index: environments/application.ts has no searchIndex, expected the commands that rebuild and check it',
    );
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(
    `This makes the search index of ${name} equal to its database`,
    options,
  );
  const environment = await deployedEnvironment(cluster, name);
  const { namespace } = environment;

  const job = reindexJob(environment, options.force ? searchIndex.rebuildForced : searchIndex.rebuild);
  console.log(
    options.force
      ? `${job.name} builds another search index for ${namespace}`
      : `${job.name} compares the search index of ${namespace} with its database, and mends it`,
  );
  try {
    await runJob(cluster, namespace, job, options.timeout);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\nwhat served before is as it was; correct the cause, then run this again\n` +
        `(where it is red for good, as npm run doctor -- ${name} --context ${cluster.context} says: with --force)`,
    );
  }
  console.log(`${job.name} succeeded: the search index of ${namespace} is what its database has`);
}
