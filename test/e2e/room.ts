import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { amount } from '../../tools/cluster/quantity.ts';
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
  const { namespace: own } = environments[name];
  const others = items.filter(({ metadata, status }) => {
    return metadata.namespace !== own && status.phase !== 'Succeeded' && status.phase !== 'Failed';
  });
  const capacity = sum(nodes.items.map(({ status }) => millicores(status.allocatable.cpu)));
  const requested = sum(
    others.flatMap(({ spec }) => spec.containers.map(({ resources }) => millicores(resources.requests?.cpu))),
  );
  if (requested + millicoresOf(environments[name]) + spareMillicores <= capacity) return;
  for (const [other, { namespace }] of Object.entries(environments))
    if (others.some(({ metadata }) => metadata.namespace === namespace))
      await npmSucceeds('down', '--', other);
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string };
    readonly spec: { readonly containers: readonly { readonly resources: Resources }[] };
    readonly status: { readonly phase: string };
  }[];
}

interface Resources {
  readonly requests?: { readonly cpu?: string };
}

interface Nodes {
  readonly items: readonly { readonly status: { readonly allocatable: { readonly cpu: string } } }[];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function millicores(quantity = '0'): number {
  const cores = amount(quantity);
  if (cores === undefined) throw new Error(`"${quantity}" is no quantity of CPU`);
  return cores * 1000;
}

interface Sized {
  readonly cpuMillicores?: number;
  readonly replicas?: number;
  readonly members?: number;
  readonly nodes?: number;
}

/** What the pods of an environment request. */
function millicoresOf(environment: AnyEnvironment): number {
  const values = Object.values(environment) as readonly (Sized | undefined)[];
  return sum(
    values.map((size) => (size?.cpuMillicores ?? 0) * (size?.replicas ?? size?.members ?? size?.nodes ?? 1)),
  );
}
