import { ExecaError, type Options } from 'execa';
import { confirm } from '../terminal/ask.ts';
import { run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import type { Secret } from './objects.ts';

/** The cluster that kind.yaml describes. */
export const kindCluster = 'coped';
export const kindContext = `kind-${kindCluster}`;

/** A chosen cluster. kubectl always gets its context, so a change of the current context does no harm. */
export interface Cluster {
  readonly context: string;
  kubectl(arguments_: readonly string[], options?: Options): Promise<string>;
}

export function cluster(context: string): Cluster {
  return {
    context,
    kubectl: (arguments_, options) => run('kubectl', ['--context', context, ...arguments_], options),
  };
}

/**
 * The option that names the cluster in a command for people: ` --context NAME`. Where a cluster is certain to be chosen, its
 * context stands in the command itself.
 *
 * @param context undefined if none was named, so that the command says nothing of it
 */
export function inContext(context: string | undefined): string {
  return context === undefined ? '' : ` --context ${context}`;
}

/** The answer of `kubectl get … -o json`, or undefined if the object does not exist. */
export async function get<T>(target: Cluster, arguments_: readonly string[]): Promise<T | undefined> {
  const output = await target.kubectl(['get', ...arguments_, '--ignore-not-found', '-o', 'json']);
  return output.trim() === '' ? undefined : JSON.parse(output);
}

/** The objects that `kubectl get … -o json` lists. */
export async function list<T>(target: Cluster, arguments_: readonly string[]): Promise<readonly T[]> {
  return (await get<{ readonly items: readonly T[] }>(target, arguments_))?.items ?? [];
}

/** The value of a key of a Secret, or undefined if there is none. */
export async function secretValue(
  target: Cluster,
  namespace: string,
  name: string,
  key: string,
): Promise<string | undefined> {
  const secret = await get<Secret>(target, [`secret/${name}`, '--namespace', namespace]);
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

/** A container of a pod, or of any one pod of a workload. */
export interface Container {
  readonly namespace: string;
  /** The name of a pod, or a workload such as `deployment/web`. */
  readonly of: string;
  readonly container: string;
}

/** Runs a command in a container, with its input if the options have one, and returns its output. */
export function execIn(
  target: Cluster,
  { namespace, of, container }: Container,
  command: readonly string[],
  options: Options = {},
): Promise<string> {
  const stdin = options.input === undefined && options.inputFile === undefined ? [] : ['--stdin'];
  const where = ['--namespace', namespace, of, '--container', container, '--'];
  return target.kubectl(['exec', ...stdin, ...where, ...command], options);
}

/** The current context of kubectl, or undefined when there is none. */
async function currentContext(): Promise<string | undefined> {
  const output = await run('kubectl', ['config', 'view', '--output', 'jsonpath={.current-context}']);
  return output === '' ? undefined : output;
}

export interface TargetOptions {
  readonly context?: string | undefined;
  readonly yes: boolean;
}

/**
 * The cluster that a command for operators uses: the one that `--context` names, or otherwise the current one. If kind did
 * not create the current one, the command asks first.
 *
 * @throws UserError when there is none, or the answer is no
 */
export async function chooseCluster(what: string, options: TargetOptions): Promise<Cluster> {
  const current = await currentContext();
  const context = options.context ?? current;
  if (context === undefined) {
    throw new UserError(
      'kubectl has no current context, so there is no cluster to work on\n' +
        'choose one with: kubectl config use-context NAME, or make the local one with: npm run up',
    );
  }
  const server = await serverOf(context);
  if (options.context === undefined && !context.startsWith('kind-')) {
    await confirm(`${what} in the cluster of the current context "${context}" (${server}).`, options.yes);
  }
  return cluster(context);
}

/**
 * The cluster that a command uses if it changes nothing, without a question: the one that `--context` names, or otherwise
 * the current one.
 *
 * @throws UserError when there is none
 */
export async function readOnlyCluster(context: string | undefined): Promise<Cluster> {
  const chosen = context ?? (await currentContext());
  if (chosen === undefined)
    throw new UserError(
      'kubectl has no current context, so there is no cluster to look at\n' +
        'choose one with --context NAME, or make the local one with: npm run up',
    );
  return cluster(chosen);
}

/**
 * Makes sure that the person means the local cluster, before anything is created or changed.
 *
 * @throws UserError when another cluster is current and the answer is no
 */
export async function confirmLocalCluster(yes: boolean): Promise<void> {
  const current = await currentContext();
  if (current === undefined || current === kindContext) return;
  await confirm(
    `The current context of kubectl is "${current}" (${await serverOf(current)}), not the local kind cluster.\n` +
      `This command leaves that cluster alone, works on "${kindContext}" and makes it the current context.`,
    yes,
  );
}

/**
 * The address of a context's API server.
 *
 * @throws UserError when kubectl has no such context
 */
export async function serverOf(context: string): Promise<string> {
  try {
    return await run('kubectl', [
      '--context',
      context,
      'config',
      'view',
      '--minify',
      '--output',
      'jsonpath={.clusters[0].cluster.server}',
    ]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new UserError(
      `kubectl has no context "${context}"; it has: ${(await contexts()).join(', ') || 'none'}`,
    );
  }
}

async function contexts(): Promise<string[]> {
  return (await run('kubectl', ['config', 'get-contexts', '--output', 'name'])).split('\n').filter(Boolean);
}
