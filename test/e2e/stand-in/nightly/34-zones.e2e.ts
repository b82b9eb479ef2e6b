import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../../environments/all.ts';
import { manifestsOf, nameLabel } from '../../../../tools/cluster/manifests.ts';
import type { Manifest } from '../../../../tools/cluster/objects.ts';
import { eventually } from '../../../lib/kubectl.ts';
import { bringUp } from '../../bring-up.ts';
import { apply, kubectl } from '../../cluster.ts';

/**
 * Production on four nodes in the zones a, a, a and b. No machine is behind these nodes: the scheduler of the local cluster
 * chooses one for each pod, and no container starts.
 */
const environment = { ...environments.production, namespace: 'coped-zones' } as const;
const manifests = manifestsOf(environment);
const inNamespace = ['--namespace', environment.namespace];

const nodes = [
  { name: 'zones-a1', zone: 'a' },
  { name: 'zones-a2', zone: 'a' },
  { name: 'zones-a3', zone: 'a' },
  { name: 'zones-b1', zone: 'b' },
] as const;

/**
 * Two thirds of the room in zone b are taken. By itself the scheduler spreads pods over zones, too, but not onto a node that
 * is so much fuller than the others.
 */
const ballast = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'zones-ballast', namespace: 'kube-system' },
  spec: {
    nodeName: 'zones-b1',
    containers: [{ name: 'ballast', image: 'none', resources: { requests: { cpu: '21', memory: '42Gi' } } }],
  },
};

let usualNodes: string[] = [];

beforeAll(async () => {
  await bringUp('dev');
  usualNodes = (await kubectl('get', 'nodes', '--output', 'name')).split('\n');
  await kubectl('cordon', ...usualNodes);
  await apply(...nodes.map(nodeOf), ballast);
  await apply(...manifests);
});

afterAll(async () => {
  await kubectl('uncordon', ...usualNodes);
  // Nobody else ends what is on them.
  const atOnce = ['--force', '--grace-period', '0'];
  await kubectl('delete', 'pods', '--all', ...inNamespace, ...atOnce);
  await kubectl('delete', 'pod', ballast.metadata.name, '--namespace', 'kube-system', ...atOnce);
  await kubectl('delete', 'nodes', ...nodes.map(({ name }) => name));
  await kubectl('delete', 'namespace', environment.namespace, '--timeout', '300s');
});

const several = manifests.flatMap(({ kind, metadata, spec }: Manifest & { spec?: { replicas?: number } }) =>
  (kind === 'StatefulSet' || kind === 'Deployment') && spec?.replicas !== undefined && spec.replicas > 1
    ? [{ workload: metadata.name, replicas: spec.replicas }]
    : [],
);

test('whatever has several pods is tried', () => {
  expect(several.map(({ workload }) => workload)).toEqual(['postgres', 'elasticsearch', 'web', 'nginx']);
});

test.each(several)(
  '$workload has its pods on $replicas nodes, in both zones',
  async ({ workload, replicas }) => {
    const found = await eventually(`${replicas} nodes for ${workload}`, 60, async () => {
      const names = await nodesOf(workload);
      return names.length === replicas && names;
    });
    console.log(workload, found);
    expect(new Set(found).size).toBe(replicas);
    expect(new Set(found.map((name) => nodes.find((node) => node.name === name)?.zone))).toEqual(
      new Set(['a', 'b']),
    );
  },
);

/** The nodes that the scheduler chose: for a pod, or for its volume, which nobody makes there. */
async function nodesOf(workload: string): Promise<string[]> {
  const which = [...inNamespace, '--selector', `${nameLabel}=${workload}`, '--output', 'json'];
  const { items } = JSON.parse(await kubectl('get', 'pods,persistentvolumeclaims', ...which)) as {
    items: { spec: { nodeName?: string }; metadata: { annotations?: Record<string, string> } }[];
  };
  return items.flatMap(
    ({ spec, metadata }) =>
      spec.nodeName ?? metadata.annotations?.['volume.kubernetes.io/selected-node'] ?? [],
  );
}

/** A node that says that it is ready. The cluster believes it for 40 s. */
function nodeOf({ name, zone }: (typeof nodes)[number]): object {
  const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone };
  const room = { cpu: '32', memory: '64Gi', 'ephemeral-storage': '100Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { capacity: room, allocatable: room, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
