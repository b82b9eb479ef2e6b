import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { load } from 'js-yaml';
import { type Cluster, cluster, get, kindCluster, kindContext } from '../cluster/cluster.ts';
import type { ConfigMap } from '../cluster/objects.ts';
import { root, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

const kindFile = 'kind.yaml';

/** What `up` remembers in the cluster itself, so that it is forgotten with it: a ConfigMap in `default`. */
const memory = 'coped-local';

interface KindConfig {
  readonly nodes: readonly {
    readonly extraPortMappings: readonly { readonly hostPort: number; readonly listenAddress: string }[];
  }[];
}

export async function localClusterExists(): Promise<boolean> {
  return (await run('kind', ['get', 'clusters'])).split('\n').includes(kindCluster);
}

/**
 * Makes the local cluster if there is none.
 *
 * @param making is called before it takes time
 * @throws UserError when a port is taken, or when the cluster that is there belongs to another checkout or kind.yaml
 */
export async function ensureLocalCluster(making: () => void): Promise<'made' | 'found'> {
  const local = cluster(kindContext);
  const origin = { checkout: root, 'kind.yaml': createHash('sha256').update(kindConfig()).digest('hex') };
  if (!(await localClusterExists())) {
    await requireFreePorts();
    making();
    await run('kind', ['create', 'cluster', '--config', kindFile, '--wait', '120s']);
    await remember(local, origin);
    return 'made';
  }
  const known = await remembered(local);
  if (known.checkout === undefined) await remember(local, origin);
  for (const [key, value] of Object.entries(origin)) {
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
  return 'found';
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
                  `end what listens there (ss -ltnp 'sport = :${hostPort}' or lsof -i :${hostPort}), or change hostPort in ${kindFile}`,
              )
            : error,
        ),
      );
      server.listen(hostPort, listenAddress, () => server.close(() => resolve()));
    });
  }
}

/**
 * Checks that the local cluster, which exists, answers, and makes it kubectl's current one.
 *
 * @throws UserError when it does not answer
 */
export async function requireAnswer(local: Cluster): Promise<void> {
  await run('kind', ['export', 'kubeconfig', '--name', kindCluster]);
  try {
    await local.kubectl(['get', '--raw', '/readyz', '--request-timeout', '20s']);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new UserError(
      `the kind cluster "${kindCluster}" is there but does not answer: ${String(error.stderr).trim().split('\n').at(-1)}\n` +
        `start it with: docker start ${kindCluster}-control-plane; or remove it, with its data, by: npm run down -- --delete-data`,
    );
  }
}

/** What earlier runs of `up` noted in this cluster. */
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
