import { ExecaError } from 'execa';
import { type Cluster, list } from '../cluster/cluster.ts';
import type { Node } from '../cluster/objects.ts';
import { ifAllowed } from '../cluster/rights.ts';
import { listOf, object, optional, readJson, string } from '../terminal/json.ts';

const configuration = object({
  kubeletconfig: object({ clusterDNS: optional(listOf(string)), clusterDomain: optional(string) }),
});

/** What a kubelet writes into the resolv.conf of its pods. */
export interface Resolver {
  readonly node: string;
  /** Addresses of the name servers. */
  readonly servers: readonly string[];
  readonly domain?: string | undefined;
}

/**
 * What the kubelet of one node writes into the resolv.conf of its pods, or undefined if it cannot be asked.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
 */
export async function resolver(cluster: Cluster): Promise<Resolver | undefined> {
  const [node] = (await ifAllowed(list<Node>(cluster, ['nodes']))) ?? [];
  if (node === undefined) return undefined;
  const { name } = node.metadata;
  const path = `/api/v1/nodes/${name}/proxy/configz`;
  try {
    const said = await cluster.kubectl(['get', '--raw', path, '--request-timeout', '10s']);
    const { kubeletconfig } = readJson(path, said, configuration);
    return { node: name, servers: kubeletconfig.clusterDNS ?? [], domain: kubeletconfig.clusterDomain };
  } catch (error) {
    // Few people may ask a kubelet, and many providers let nobody through to one. What asks here can do without.
    if (!(error instanceof ExecaError)) throw error;
    return undefined;
  }
}
