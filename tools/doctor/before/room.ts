import { type Cluster, list } from '../../cluster/cluster.ts';
import { holds, type Node, type Pod } from '../../cluster/objects.ts';
import {
  holdsAll,
  minus,
  type Resources,
  requestsOf,
  resources,
  resourcesText,
  sum,
  type WantedPod,
  wantedPods,
} from '../../cluster/requests.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

/**
 * Whether the nodes have room for what the environment's pods request, each of them on one node. What the environment
 * itself runs already does not count: the new pods take its place.
 *
 * @param probe namespace that does not count either
 */
export async function room({ cluster, environment, name }: Patient, probe: string): Promise<Finding> {
  const nodes = await freeNodes(cluster, [environment.namespace, probe]);
  const pods = wantedPods(environment);
  const servers = pods.filter(({ isServer }) => isServer);
  const free = resourcesText(sum(nodes));
  const asks = `its servers request ${resourcesText(sum(servers.map(({ spec }) => requestsOf(spec))))}`;
  const look = `kubectl --context ${cluster.context} describe nodes`;
  const remedy = `${look} shows what takes the room; add a node, or write smaller sizes into environments/${name}.ts`;
  if (nodes.length === 0)
    return bad('no node takes pods: none is ready, or each is cordoned or tainted', look);
  const { without, left } = place(servers, nodes);
  if (without.length > 0)
    return bad(
      `${asks}, and ${nodes.length} nodes have ${free} free: none has room for ${without.map(textOf).join(', ')}`,
      remedy,
    );
  // Not all at once: they take turns, by the times of their schedules.
  const late = pods.filter((pod) => !pod.isServer && place([pod], left).without.length > 0);
  return late.length > 0
    ? warning(
        `beside the servers no node has room for ${late.map(textOf).join(', ')}, which would wait without end`,
        remedy,
      )
    : good(`${asks}, and ${nodes.length} nodes have ${free} free`);
}

function textOf({ name, spec }: WantedPod): string {
  return `${name} (${resourcesText(requestsOf(spec))})`;
}

/** Gives each pod a node, the largest first; tells which get none, and what the nodes then have left. */
function place(
  pods: readonly WantedPod[],
  nodes: readonly Resources[],
): { readonly without: WantedPod[]; readonly left: readonly Resources[] } {
  const left = [...nodes];
  const size = (pod: WantedPod) => requestsOf(pod.spec).memoryMebibytes;
  const without = pods
    .toSorted((a, b) => size(b) - size(a))
    .filter(({ spec }) => {
      const wanted = requestsOf(spec);
      const index = left.findIndex((node) => holdsAll(node, wanted));
      const node = left[index];
      if (node) left[index] = minus(node, wanted);
      return node === undefined;
    });
  return { without, left };
}

/** What each node has left that takes pods without tolerations; the pods of some namespaces do not count. */
async function freeNodes(cluster: Cluster, ignored: readonly string[]): Promise<Resources[]> {
  const [nodes, pods] = await Promise.all([
    list<Node>(cluster, ['nodes']),
    list<Pod>(cluster, ['pods', '--all-namespaces']),
  ]);
  const running = pods.filter(
    ({ metadata, status }) =>
      !ignored.includes(metadata.namespace ?? '') && !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
  );
  return nodes.filter(takesPods).map(({ metadata, status }) => {
    const own = running.filter(({ spec }) => spec.nodeName === metadata.name);
    return minus(resources(status?.allocatable ?? {}), sum(own.map(({ spec }) => requestsOf(spec))));
  });
}

function takesPods({ spec, status }: Node): boolean {
  const isTainted = spec?.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  return !spec?.unschedulable && !isTainted && holds('Ready', status?.conditions);
}
