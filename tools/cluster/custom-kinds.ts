import type { Cluster } from './cluster.ts';

/** Kinds of the charts that a cluster has only if somebody has installed their definitions, each with its API group. */
export const customKinds: Readonly<Record<string, string>> = {
  CiliumNetworkPolicy: 'cilium.io',
  ExternalSecret: 'external-secrets.io',
  HTTPRoute: 'gateway.networking.k8s.io',
};

/** Those of them that a cluster has. kubectl would refuse a question about another one. */
export async function customKindsIn(cluster: Cluster): Promise<string[]> {
  const groups = await groupsIn(cluster);
  return Object.keys(customKinds).filter((kind) => groups.includes(customKinds[kind] ?? ''));
}

/** The API groups that a cluster has. */
export async function groupsIn(cluster: Cluster): Promise<string[]> {
  const answer = await cluster.kubectl(['get', '--raw', '/apis']);
  const { groups }: { groups: readonly { readonly name: string }[] } = JSON.parse(answer);
  return groups.map(({ name }) => name);
}
