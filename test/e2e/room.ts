import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { type Resources, requestsOf, resources, sum, wantedPods } from '../../tools/cluster/requests.ts';
import { localClusterExists } from '../../tools/local/kind.ts';
import { kubectl, npmSucceeds } from './cluster.ts';

/** For Jobs, and for the pods that are there twice during a rollout. */
const spareMillicores = 250;

/**
 * Stops the other environments, whose data stays, if the node has too little CPU for all of them: kind's control plane
 * requests most of one core.
 */
export async function makeRoom(name: EnvironmentName): Promise<void> {
  if (!(await localClusterExists())) return;
  const nodes: Nodes = JSON.parse(await kubectl('get', 'nodes', '--output', 'json'));
  const { items }: Pods = JSON.parse(await kubectl('get', 'pods', '--all-namespaces', '--output', 'json'));
  const environment = environments[name];
  const others = items.filter(({ metadata, status }) => {
    const { namespace } = metadata;
    return namespace !== environment.namespace && status.phase !== 'Succeeded' && status.phase !== 'Failed';
  });
  const servers = wantedPods(environment).filter(({ isServer }) => isServer);
  const wanted = millicores([...others, ...servers].map(({ spec }) => requestsOf(spec)));
  const capacity = millicores(nodes.items.map(({ status }) => resources(status.allocatable)));
  if (wanted + spareMillicores <= capacity) return;
  for (const [other, { namespace }] of Object.entries(environments))
    if (others.some(({ metadata }) => metadata.namespace === namespace))
      await npmSucceeds('down', '--', other);
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string };
    readonly spec: IPodSpec;
    readonly status: { readonly phase: string };
  }[];
}

interface Nodes {
  readonly items: readonly { readonly status: { readonly allocatable: { readonly cpu: string } } }[];
}

const millicores = (all: readonly Resources[]) => sum(all).cpuMillicores;
