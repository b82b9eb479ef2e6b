import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { missingCredentials } from '../../tools/credentials/secrets.ts';
import { localClusterExists } from '../../tools/local/kind.ts';
import { localObjectStore } from '../../tools/local/object-store.ts';
import { eventually } from '../lib/kubectl.ts';
import { exec, kubectl, local, newEnvFile, npmSucceeds, page, resultCount } from './cluster.ts';

/** Options of `npm run up`: these tests do not measure its time, and the machine may be busy. */
export const patience = ['--timeout', '900'] as const;

/** How many sample projects there are at least. */
export const sampleProjects = 300;

/** The address of an environment's site on the local cluster. */
export function siteOf(name: EnvironmentName): string {
  const environment: AnyEnvironment = environments[name];
  const { port } = environment.kind === 'dev' ? environment.address : environment.localAddress;
  return `http://localhost:${port}`;
}

/**
 * Brings an environment up on the local cluster, migrated and with the sample projects, from any state. It takes
 * seconds if nothing is left to do.
 */
export async function bringUp(name: EnvironmentName): Promise<void> {
  await makeRoom(name);
  if (environments[name].kind !== 'dev') await objectStore();
  const said = await up(name);
  if (said.includes(`npm run migrate -- ${name}`)) await npmSucceeds('migrate', '--', name);
  await loadProjects(name);
}

/** The local cluster with an object store for backups. */
export async function objectStore(): Promise<void> {
  if (!(await localClusterExists())) await npmSucceeds('up', '--', ...patience);
  if ((await localObjectStore(local)) === undefined) await npmSucceeds('object-store');
}

/** `npm run up`, with an env file where the cluster lacks credentials that a person provides; gives what it said. */
async function up(name: EnvironmentName): Promise<string> {
  const exists = await localClusterExists();
  const missing = exists ? await missingCredentials(local, environments[name]) : [];
  if (missing.length === 0) return npmSucceeds('up', '--', name, ...patience);
  const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
  try {
    const file = join(folder, `${name}.env`);
    await newEnvFile(name, file);
    return await npmSucceeds('up', '--', name, '--env-file', file, ...patience);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function loadProjects(name: EnvironmentName): Promise<void> {
  const site = siteOf(name);
  const status = await eventually(`an answer of ${site}`, 120, async () => {
    const { status, body } = await page(site);
    return status === 200 && (resultCount(body) >= sampleProjects ? 'full' : 'empty');
  });
  if (status === 'full' || environments[name].kind === 'dev') {
    await eventually('the projects', 60, async () => resultCount((await page(site)).body) >= sampleProjects);
    return;
  }
  const web = { namespace: environments[name].namespace, of: 'deployment/web', container: 'web' };
  const { exitCode, output } = await exec(web, 'python', 'manage.py', 'load_sample_projects');
  if (exitCode !== 0) throw new Error(`${name} took no sample projects: ${output}`);
  await npmSucceeds('reindex', '--', name);
}

/** For Jobs, and for the pods that are there twice during a rollout. */
const spareMillicores = 250;

/**
 * Stops the other environments, whose data stays, if the node has too little CPU for all of them: kind's control plane
 * requests most of one core.
 */
export async function makeRoom(name: EnvironmentName): Promise<void> {
  if (!(await localClusterExists())) return;
  const nodes: Nodes = JSON.parse(await kubectl('get', 'nodes', '--output', 'json'));
  const pods: Pods = JSON.parse(await kubectl('get', 'pods', '--all-namespaces', '--output', 'json'));
  const capacity = sum(nodes.items.map(({ status }) => millicores(status.allocatable.cpu)));
  const own = environments[name].namespace;
  const isOurs = (namespace: string) =>
    Object.values(environments).some((each) => each.namespace === namespace);
  const isEnded = ({ phase }: Pod['status']) => phase === 'Succeeded' || phase === 'Failed';
  const requested = (chosen: readonly Pod[]) =>
    sum(
      chosen
        .filter(({ status }) => !isEnded(status))
        .flatMap(({ spec }) =>
          spec.containers.map(({ resources }) => millicores(resources.requests?.cpu ?? '0')),
        ),
    );
  const others = Object.keys(environments).filter((each) => each !== name) as EnvironmentName[];
  const rest = pods.items.filter(({ metadata }) => !isOurs(metadata.namespace));
  const beside = pods.items.filter(
    ({ metadata }) => isOurs(metadata.namespace) && metadata.namespace !== own,
  );
  const wanted = millicoresOf(environments[name]) + spareMillicores;
  if (requested(rest) + requested(beside) + wanted <= capacity) return;
  for (const other of others) {
    const isThere = beside.some(({ metadata }) => metadata.namespace === environments[other].namespace);
    if (isThere) await npmSucceeds('down', '--', other);
  }
}

interface Pod {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly containers: readonly { readonly resources: { readonly requests?: { readonly cpu?: string } } }[];
  };
  readonly status: { readonly phase: string };
}

interface Pods {
  readonly items: readonly Pod[];
}

interface Nodes {
  readonly items: readonly { readonly status: { readonly allocatable: { readonly cpu: string } } }[];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Of a quantity of CPU: `100m`, `2`. */
const millicores = (quantity: string) =>
  quantity.endsWith('m') ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;

/** What the pods of an environment ask for. */
function millicoresOf(environment: AnyEnvironment): number {
  const sizes = Object.values(environment) as readonly {
    readonly cpuMillicores?: number;
    readonly replicas?: number;
    readonly members?: number;
    readonly nodes?: number;
  }[];
  return sum(
    sizes.map((size) => (size?.cpuMillicores ?? 0) * (size?.replicas ?? size?.members ?? size?.nodes ?? 1)),
  );
}
