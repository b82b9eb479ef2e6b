import { ExecaError } from 'execa';
import { type Cluster, list } from './cluster.ts';
import { ifAllowed } from './rights.ts';

/** Kinds of the charts that a cluster has only if somebody has installed their definitions, each with its API. */
export const customKinds = {
  CiliumNetworkPolicy: 'cilium.io/v2',
  ExternalSecret: 'external-secrets.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
} as const;

type CustomKind = keyof typeof customKinds;

/** The objects of these kinds, where the cluster has the kind and the person may list it. */
export async function customObjects<T>(cluster: Cluster, which: readonly string[]): Promise<T[]> {
  const kinds = await customKindsIn(cluster);
  // Each in a request of its own: kubectl lists nothing if it may not list one of several.
  const found = await Promise.all(
    kinds.map((kind) => ifAllowed(list<T>(cluster, [kind.toLowerCase(), ...which]))),
  );
  return found.flatMap((each) => each ?? []);
}

/** Those of the kinds that a cluster has. Of a group it may have other kinds only, as of Cilium's with Tetragon alone. */
export async function customKindsIn(cluster: Cluster): Promise<CustomKind[]> {
  const groups = await groupsIn(cluster);
  const known = (Object.keys(customKinds) as CustomKind[]).filter((kind) =>
    groups.some((group) => customKinds[kind].startsWith(`${group}/`)),
  );
  const answers = await Promise.all(known.map((kind) => kindsOf(cluster, customKinds[kind])));
  return known.filter((kind, index) => answers[index]?.includes(kind));
}

/** The API groups that a cluster has. */
export async function groupsIn(cluster: Cluster): Promise<string[]> {
  const answer = await cluster.kubectl(['get', '--raw', '/apis']);
  const { groups }: { groups: readonly { readonly name: string }[] } = JSON.parse(answer);
  return groups.map(({ name }) => name);
}

/** The kinds of an API; none if the cluster has other versions of it only. */
async function kindsOf(cluster: Cluster, api: string): Promise<string[]> {
  try {
    const answer = await cluster.kubectl(['get', '--raw', `/apis/${api}`]);
    const { resources }: { resources: readonly { readonly kind: string }[] } = JSON.parse(answer);
    return resources.map(({ kind }) => kind);
  } catch (error) {
    if (error instanceof ExecaError && `${error.stderr}`.includes('(NotFound)')) return [];
    throw error;
  }
}
