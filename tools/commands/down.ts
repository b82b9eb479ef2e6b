import { ExecaError } from 'execa';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import {
  type Cluster,
  cluster,
  confirmLocalCluster,
  kindCluster,
  kindContext,
  list,
} from '../cluster/cluster.ts';
import type { PersistentVolumeClaim } from '../cluster/objects.ts';
import { environmentNames, upLine } from '../local/environments.ts';
import { localClusterExists, requireLocalCluster } from '../local/kind.ts';
import { otherCluster } from '../local/other-cluster.ts';
import { confirm } from '../terminal/ask.ts';
import { requirePrograms, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

export interface DownOptions {
  /**
   * The context of another local cluster.
   * @default the cluster that kind.yaml describes
   */
  readonly context?: string | undefined;
  /** Delete the cluster with everything in it, instead of stopping what runs there. */
  readonly deleteData: boolean;
  /** How long the pods of an environment may take to end, in seconds. */
  readonly timeout: number;
  readonly yes: boolean;
}

/** The kinds that run pods, in the order in which they are stopped: first what writes, then what keeps the data. */
const workloads = ['deployments,cronjobs,jobs', 'statefulsets'];
const part = ['--selector', 'app.kubernetes.io/part-of=coped'];

/**
 * `npm run down -- [ENVIRONMENT]`: stops what runs on a local cluster, and keeps every volume and Secret; with
 * `--delete-data` it removes the cluster with all that is in it, after naming that.
 *
 * @param name the environment that is stopped; every one when it is undefined
 * @throws UserError when pods do not end in time, or the cluster does not answer
 */
export async function downCommand(name: EnvironmentName | undefined, options: DownOptions): Promise<void> {
  if (options.context !== undefined && options.context !== kindContext) {
    await downOn(options.context, name, options);
    return;
  }
  if (options.deleteData && name !== undefined)
    throw new UserError(
      `--delete-data removes the whole local cluster, and not ${name} only: leave one of the two out\n` +
        `to delete the data of ${name} only: kubectl --context ${kindContext} delete namespace ${environments[name].namespace}`,
    );
  await requirePrograms('kind', 'kubectl');
  if (!(await localClusterExists())) {
    console.log(`there is no kind cluster "${kindCluster}": nothing to stop`);
    return;
  }
  if (options.deleteData) return removeCluster(options.yes);
  await confirmLocalCluster(options.yes);
  const local = await requireLocalCluster();
  await stopAll(local, name, options.timeout);
  console.log('npm run down -- --delete-data removes the cluster, with all data in it');
}

/** The same on a local cluster that `up` has not made, and so does not remove. */
async function downOn(
  context: string,
  name: EnvironmentName | undefined,
  { deleteData, timeout }: DownOptions,
): Promise<void> {
  if (deleteData)
    throw new UserError(
      `--delete-data removes the kind cluster "${kindCluster}" only, and not "${context}", which npm run up has not made\n` +
        `to delete the data of ${name ?? 'dev'} there: kubectl --context ${context} delete namespace ${environments[name ?? 'dev'].namespace}`,
    );
  await requirePrograms('kubectl');
  await stopAll(await otherCluster(context), name, timeout);
}

async function stopAll(
  local: Cluster,
  name: EnvironmentName | undefined,
  timeoutSeconds: number,
): Promise<void> {
  for (const each of name === undefined ? environmentNames : [name]) await stop(local, each, timeoutSeconds);
}

/** Ends every pod of an environment. Whatever holds data stays, and `up` uses it again. */
async function stop(local: Cluster, name: EnvironmentName, timeoutSeconds: number): Promise<void> {
  const { namespace } = environments[name];
  const where = ['--namespace', namespace];
  if ((await list(local, [workloads.join(','), ...where, ...part])).length === 0) {
    console.log(`${name}: nothing runs`);
    return;
  }
  console.log(`${name}: stopping; a database takes some seconds to end well`);
  for (const kinds of workloads) {
    try {
      const patience = ['--cascade=foreground', `--timeout=${timeoutSeconds}s`];
      await local.kubectl(['delete', kinds, ...where, ...part, ...patience]);
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      throw new UserError(
        `what runs in ${namespace} could not be stopped within ${timeoutSeconds} s: ${String(error.stderr).trim()}\n` +
          `no data is lost; see the pods with: kubectl --context ${local.context} get pods ${where.join(' ')}; then run this again`,
      );
    }
  }
  const kept = (await volumes(local, where)).map(({ metadata }) => metadata.name);
  console.log(
    `${name}: stopped; its Secrets and volumes stay (${kept.join(', ') || 'no volumes'}), and ${upLine(name, local.context)} starts it again`,
  );
}

async function removeCluster(yes: boolean): Promise<void> {
  const statement = `This deletes the kind cluster "${kindCluster}" and the data in it:`;
  await confirm([statement, ...(await everyVolume())].join('\n'), yes);
  await run('kind', ['delete', 'cluster', '--name', kindCluster]);
  console.log(`deleted the kind cluster "${kindCluster}"; the images stay, npm run up makes it again`);
}

/** The volumes of the cluster; one that does not answer can be removed all the same. */
async function everyVolume(): Promise<string[]> {
  try {
    const claims = await volumes(cluster(kindContext), ['--all-namespaces', '--request-timeout=20s']);
    const names = claims.map(({ metadata }) => `  ${metadata.namespace}: ${metadata.name}`);
    return names.length > 0 ? names : ['  no volumes'];
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return ['  volumes that cannot be named, because the cluster does not answer'];
  }
}

/** The claims that hold data; dev's live source can only be read. */
async function volumes(local: Cluster, where: readonly string[]): Promise<PersistentVolumeClaim[]> {
  const claims = await list<PersistentVolumeClaim>(local, ['persistentvolumeclaims', ...where]);
  return claims.filter(({ spec }) => !spec.accessModes?.includes('ReadOnlyMany'));
}
