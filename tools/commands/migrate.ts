import { migrationJob } from '../../charts/jobs-by-command.ts';
import type { EnvironmentName } from '../../environments/all.ts';
import { chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import { deployedEnvironment, jobState, runJob, showLog } from '../cluster/job.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * `npm run migrate -- ENVIRONMENT`: migrates the schema and the index to the deployed version of the application, with a
 * Job whose log it shows.
 *
 * @throws UserError when the environment is not deployed, has no credentials, or the Job fails
 */
export async function migrateCommand(
  name: EnvironmentName,
  options: TargetOptions & { readonly again: boolean; readonly timeout: number },
): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This migrates the database of ${name}`, options);
  const environment = await deployedEnvironment(cluster, name);
  const { namespace, images } = environment;

  const job = migrationJob(environment);
  if (!options.again && (await jobState(cluster, namespace, job.name)) === 'complete') {
    console.log(`${job.name} has already migrated to ${images.web}; its log:`);
    await showLog(cluster, namespace, job.name);
    console.log('nothing to do; --again runs it once more');
    return;
  }
  console.log(`${job.name} migrates ${namespace} to ${images.web}`);
  try {
    await runJob(cluster, namespace, job, options.timeout);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\nmigrations that the log calls OK stay applied; correct the cause, then run this again`,
    );
  }
  console.log(`${job.name} succeeded: the web pods that waited for it start now`);
}
