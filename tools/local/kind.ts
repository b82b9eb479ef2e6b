import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { load } from 'js-yaml';
import { type Cluster, cluster, get, kindCluster, kindContext, list } from '../cluster/cluster.ts';
import type { ConfigMap } from '../cluster/objects.ts';
import { until } from '../cluster/until.ts';
import { lastLine, root, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { ask, findEngine } from './engine.ts';

const kindFile = 'kind.yaml';

/** What `up` records in the cluster itself, so that it disappears with it: a ConfigMap in `default`. */
const memory = 'coped-local';

interface KindConfig {
  readonly nodes: readonly {
    readonly extraPortMappings: readonly { readonly hostPort: number; readonly listenAddress: string }[];
  }[];
}

/** The container that is the cluster's node. */
const node = `${kindCluster}-control-plane`;

/** A node that has just started answers within this time, in seconds, even on a busy machine. */
const bootSeconds = 120;

/** `unfinished`: its creation was interrupted, so it is empty and will never work. */
export type LocalClusterState = 'absent' | 'unfinished' | 'answers';

export async function localClusterExists(): Promise<boolean> {
  return (await run('kind', ['get', 'clusters'])).split('\n').includes(kindCluster);
}

/**
 * The state of the local cluster. A cluster that answers becomes kubectl's current one. A cluster that boots is waited
 * for.
 *
 * @param booting is called before the wait
 * @throws UserError when its node is stopped, or does not answer
 */
export async function localClusterState(local: Cluster, booting: () => void): Promise<LocalClusterState> {
  if (!(await localClusterExists())) return 'absent';
  const engine = await findEngine();
  try {
    await run('kind', ['export', 'kubeconfig', '--name', kindCluster]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return withoutKubeconfig(lastLine(error.stderr));
  }
  let isBooting = false;
  await until(
    bootSeconds,
    async () => {
      try {
        await local.kubectl(['get', '--raw', '/readyz', '--request-timeout', '20s']);
        return { done: true };
      } catch (error) {
        if (!(error instanceof ExecaError)) throw error;
        if (!isBooting) booting();
        isBooting = true;
        return { waits: lastLine(error.stderr) };
      }
    },
    (waits) =>
      `the kind cluster "${kindCluster}" does not answer after ${bootSeconds} s: ${waits}\n` +
      `look with: ${engine} logs ${node}; start it anew with: ${engine} restart ${node}; or ${removal}`,
  );
  return (await isFinished(local)) ? 'answers' : 'unfinished';
}

const removal = 'remove it, with its data, by: npm run down -- --delete-data';

/**
 * Why kind finds no kubeconfig in the node.
 *
 * @throws UserError unless kind was interrupted before it had written one
 */
async function withoutKubeconfig(said: string): Promise<'unfinished'> {
  const engine = await findEngine();
  const status = await ask(engine, 'container', 'inspect', '--format', '{{.State.Status}}', node);
  if (status === 'running') {
    // The node itself must say so. A failed question is no answer, because an unfinished cluster is deleted.
    const script = '[ -e /etc/kubernetes/admin.conf ] || [ -e /var/lib/etcd/member ] || echo nothing';
    if ((await ask(engine, 'exec', node, 'sh', '-c', script)) === 'nothing') return 'unfinished';
  } else if (status !== undefined) {
    throw new UserError(
      `the kind cluster "${kindCluster}" is stopped: its container ${node} is ${status}\n` +
        `start it with: ${engine} start ${node}; then give the same command again; or ${removal}`,
    );
  }
  throw new UserError(
    `the kind cluster "${kindCluster}" is there but does not answer: ${said}\n` +
      `start it with: ${engine} start ${node}; or ${removal}`,
  );
}

/** Whether kind finished (its last step creates a StorageClass), or anything is in the cluster. */
async function isFinished(local: Cluster): Promise<boolean> {
  if ((await remembered(local)).checkout !== undefined) return true;
  const part = ['--selector', 'app.kubernetes.io/part-of=coped'];
  const signs = [list(local, ['storageclasses']), list(local, ['namespaces', ...part])];
  return (await Promise.all(signs)).some((found) => found.length > 0);
}

/**
 * The local cluster, for a command that needs it.
 *
 * @throws UserError when there is none, or it cannot be used
 */
export async function requireLocalCluster(): Promise<Cluster> {
  const local = cluster(kindContext);
  const state = await localClusterState(local, sayThatItBoots);
  if (state === 'unfinished')
    throw new UserError(
      `the kind cluster "${kindCluster}" is not finished: what made it was cut off, and nothing is in it\n` +
        'make it anew with: npm run up; or remove it with: npm run down -- --delete-data',
    );
  if (state === 'absent') throw new UserError('there is no local cluster yet\nmake it with: npm run up');
  return local;
}

export function sayThatItBoots(): void {
  console.log(`the kind cluster "${kindCluster}" boots: waiting until it answers, ${bootSeconds} s at most`);
}

/**
 * Creates the local cluster if there is none, or only an unfinished one.
 *
 * @param state its present state
 * @param report is told what takes time
 * @throws UserError when a port is taken, or when the cluster that is there belongs to another checkout or kind.yaml
 */
export async function ensureLocalCluster(
  state: LocalClusterState,
  report: (line: string) => void,
): Promise<'made' | 'made anew' | 'found'> {
  const local = cluster(kindContext);
  if (state !== 'answers') {
    if (state === 'unfinished') {
      report('what made it was cut off before anything was in it: kind removes it');
      await run('kind', ['delete', 'cluster', '--name', kindCluster]);
    }
    await requireFreePorts();
    report('kind makes it: half a minute, or some minutes the first time');
    await run('kind', ['create', 'cluster', '--config', kindFile, '--wait', '120s']);
    await remember(local, origin());
    return state === 'unfinished' ? 'made anew' : 'made';
  }
  await requireOwnCluster(local);
  return 'found';
}

/** Where the local cluster is made from. */
function origin(): { readonly checkout: string; readonly 'kind.yaml': string } {
  return { checkout: root, 'kind.yaml': createHash('sha256').update(kindConfig()).digest('hex') };
}

/**
 * Checks that the local cluster was made from this checkout, as it is.
 *
 * @throws UserError when it was made from another one, or from another version of kind.yaml
 */
export async function requireOwnCluster(local: Cluster): Promise<void> {
  const known = await remembered(local);
  if (known.checkout === undefined) await remember(local, origin());
  for (const [key, value] of Object.entries(origin())) {
    if (known[key] !== undefined && known[key] !== value) {
      const difference =
        key === 'checkout'
          ? `was made from another checkout, ${known[key]}, whose source it shows`
          : 'was made from another version of kind.yaml';
      throw new UserError(
        `the kind cluster "${kindCluster}" ${difference}\nremove it, with its data, by: npm run down -- --delete-data; then run this again`,
      );
    }
  }
}

function kindConfig(): string {
  return readFileSync(join(root, kindFile), 'utf8');
}

async function requireFreePorts(): Promise<void> {
  const { nodes } = load(kindConfig()) as KindConfig;
  for (const { hostPort, listenAddress } of nodes.flatMap((node) => node.extraPortMappings)) {
    await new Promise<void>((resolve, reject) => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new UserError(
                `port ${hostPort} of this machine is in use, and ${kindFile} wants it\n` +
                  `end what listens there (ss -ltnp 'sport = :${hostPort}' or lsof -i :${hostPort}), or change hostPort in ${kindFile}, and port in the file of environments/ that has ${hostPort}`,
              )
            : error,
        ),
      );
      server.listen(hostPort, listenAddress, () => server.close(() => resolve()));
    });
  }
}

/** What earlier runs of `up` recorded in this cluster. */
export async function remembered(local: Cluster): Promise<Readonly<Record<string, string>>> {
  const configMap = await get<ConfigMap>(local, ['configmap', memory, '--namespace', 'default']);
  return configMap?.data ?? {};
}

export async function remember(local: Cluster, notes: Readonly<Record<string, string>>): Promise<void> {
  const data = { ...(await remembered(local)), ...notes };
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: memory, namespace: 'default' },
    data,
  };
  await local.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(configMap) });
}
