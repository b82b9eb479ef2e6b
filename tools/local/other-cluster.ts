import { ExecaError } from 'execa';
import { type Cluster, cluster, list, serverOf } from '../cluster/cluster.ts';
import type { Node } from '../cluster/objects.ts';
import { listOf, object, optional, readJson, string } from '../terminal/json.ts';
import { lastLine, requirePrograms, run, succeeds } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { findEngine } from './engine.ts';
import type { LocalCluster, Maker } from './local-cluster.ts';

const known =
  'expected a context of kind (kind-NAME), k3d (k3d-NAME), minikube (its profile), Docker Desktop (docker-desktop), ' +
  'Rancher Desktop (rancher-desktop) or colima (colima, colima-PROFILE)';

/** What people call the names of this machine in a kubeconfig. */
const thisMachine = /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\]|(kubernetes|host)\.docker\.internal)$/;

/**
 * The local cluster of a context, which a person has made by one of the usual programs. That program must know it, or the
 * context must have the name that the program always gives it; and its API server must be on this machine.
 *
 * @throws UserError when it is another cluster, which is then left alone
 */
export async function otherCluster(context: string): Promise<LocalCluster> {
  const server = await serverOf(context);
  const made = await maker(context);
  const runsByItself = /^(docker-desktop|rancher-desktop|colima(-.+)?)$/.test(context);
  if (!made && !runsByItself) throw refusal(context, server, known);
  if (!(await isHere(server, made))) throw refusal(context, server, 'expected an API server on this machine');
  const other = cluster(context);
  await requireAnswer(other);
  if (!made) await requireImagesOfEngine(other);
  return { ...other, engine: made ? await findEngine() : 'docker', made };
}

function refusal(context: string, server: string, expected: string): UserError {
  return new UserError(
    `the context "${context}" (${server}) is no local cluster of a known kind, ${expected}; nothing was changed\n` +
      'see the contexts with: kubectl config get-contexts; a cluster that is not on this machine is deployed to as docs/production.md says',
  );
}

/** The program that made the cluster of this context, if that program says so. */
async function maker(context: string): Promise<LocalCluster['made']> {
  for (const by of ['kind', 'k3d'] satisfies Maker[]) {
    const name = context.startsWith(`${by}-`) ? context.slice(by.length + 1) : '';
    if (!name) continue;
    await requirePrograms(by);
    if ((await clustersOf[by]()).includes(name)) return { by, name };
  }
  const isMinikube =
    (await succeeds('minikube', ['version'])) && (await clustersOf.minikube()).includes(context);
  return isMinikube ? { by: 'minikube', name: context } : undefined;
}

const clustersOf: Readonly<Record<Maker, () => Promise<readonly string[]>>> = {
  kind: async () => (await run('kind', ['get', 'clusters'])).split('\n'),
  k3d: async () =>
    readJson(
      'k3d cluster list',
      await run('k3d', ['cluster', 'list', '--output', 'json']),
      listOf(object({ name: string })),
    ).map(({ name }) => name),
  minikube: async () => (await minikubeProfiles()).map(({ Name }) => Name),
};

/** @see https://minikube.sigs.k8s.io/docs/commands/profile/ */
const profiles = object({
  valid: optional(
    listOf(
      object({
        Name: string,
        Config: object({ KubernetesConfig: object({ APIServerHAVIP: optional(string) }) }),
      }),
    ),
  ),
});

async function minikubeProfiles() {
  const list = ['profile', 'list', '--light', '--output', 'json'];
  return readJson('minikube profile list', await run('minikube', list), profiles).valid ?? [];
}

/** @throws UserError when the cluster does not answer */
async function requireAnswer({ context, kubectl }: Cluster): Promise<void> {
  try {
    await kubectl(['get', '--raw', '/readyz', '--request-timeout', '20s']);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw noAnswer(context, lastLine(error.stderr));
  }
}

function noAnswer(context: string, reason: string): UserError {
  return new UserError(
    `the cluster of "${context}" does not answer: ${reason}\nstart it as you usually do, then give the same command again`,
  );
}

/** Whether the API server is on this machine; minikube's may be in a container or a virtual machine of it. */
async function isHere(server: string, made: LocalCluster['made']): Promise<boolean> {
  const { hostname } = new URL(server);
  if (thisMachine.test(hostname)) return true;
  return made?.by === 'minikube' && hostname === (await minikubeAddress(made.name));
}

/**
 * A context may have a profile's name and another cluster's API server, so minikube is asked where its own is. Several
 * control-plane nodes (`minikube start --ha`) share an address, which is none of theirs.
 *
 * @throws UserError when it does not tell, as when the cluster is stopped
 * @see https://minikube.sigs.k8s.io/docs/commands/ip/ and https://minikube.sigs.k8s.io/docs/tutorials/multi_control_plane_ha_clusters/
 */
async function minikubeAddress(profile: string): Promise<string> {
  const found = (await minikubeProfiles()).find(({ Name }) => Name === profile);
  const shared = found?.Config.KubernetesConfig.APIServerHAVIP;
  if (shared) return shared;
  const arguments_ = ['--profile', profile, 'ip'];
  try {
    return await run('minikube', arguments_);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    // It says on either of them why.
    const reason = lastLine(error.stderr) || lastLine(error.stdout);
    throw noAnswer(profile, `minikube ${arguments_.join(' ')} failed: ${reason}`);
  }
}

/**
 * Docker Desktop gives its nodes the engine's images in any case. The other two do if Docker's engine is what runs their pods.
 *
 * @throws UserError if it does not
 */
async function requireImagesOfEngine(other: Cluster): Promise<void> {
  const { context } = other;
  if (context === 'docker-desktop') return;
  const nodes = await list<Node>(other, ['nodes']);
  const runtimes = nodes.map(({ status }) => status?.nodeInfo?.containerRuntimeVersion ?? '');
  if (runtimes.every((runtime) => runtime.startsWith('docker:'))) return;
  throw new UserError(
    `the nodes of "${context}" run ${runtimes.join(', ')}, which has other images than Docker's engine, expected docker\n` +
      (context === 'rancher-desktop'
        ? 'choose dockerd (moby) in Rancher Desktop: Preferences, Container Engine'
        : 'start it with: colima start --kubernetes --runtime docker') +
      '; or let kind make a cluster of its own: npm run up',
  );
}
