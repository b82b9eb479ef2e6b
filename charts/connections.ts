import type { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment, NonEmpty } from '../environments/environment.ts';
import type { CiliumEntity } from './cilium.ts';
import type { Entity, Outside } from './lib/outside.ts';
import { selector, type Workload } from './lib/workload.ts';
import { workloadsOf } from './workloads.ts';

/** One arrow of the network: `from` opens connections to `to` on `port`. */
export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** One clause for the reader of the policy. */
  readonly why: string;
  /** What a policy calls the two ends. To an entity leads a policy of Cilium. */
  readonly peers: {
    readonly from: NonEmpty<k8s.NetworkPolicyPeer>;
    readonly to: NonEmpty<k8s.NetworkPolicyPeer> | CiliumEntity;
  };
}

/**
 * Every connection that an environment needs, as its workloads declare them. Any other connection is refused.
 *
 * Policies do not apply to the kubelet's probes, so they have no arrow here.
 *
 * @throws when a workload opens a connection to one that the environment does not have
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function connections(environment: AnyEnvironment): Connection[] {
  const workloads = workloadsOf(environment);
  return workloads.flatMap((workload) => [
    ...(workload.receives?.(environment, workloads) ?? []).map(({ from, port, why }) =>
      arrow(environment, from, workload, { port, why }),
    ),
    ...workload.opens(environment, workloads).map(({ to, ...connection }) => {
      if (isWorkload(to) && !workloads.some(({ name }) => name === to.name))
        throw new Error(
          `the workload ${workload.name} opens a connection to "${to.name}", which ${environment.namespace} does not have; ` +
            `it has: ${workloads.map(({ name }) => name).join(', ')}`,
        );
      return arrow(environment, workload, to, connection);
    }),
  ]);
}

function arrow(
  environment: AnyEnvironment,
  from: Workload | Outside,
  to: Workload | Outside | Entity,
  { port, protocol = 'TCP', why }: { port: number; protocol?: 'TCP' | 'UDP'; why: string },
): Connection {
  const peers = (end: Workload | Outside): NonEmpty<k8s.NetworkPolicyPeer> =>
    isWorkload(end) ? [{ podSelector: { matchLabels: selector(environment, end) } }] : end.peers;
  return {
    from: from.name,
    to: to.name,
    port,
    protocol,
    why,
    peers: { from: peers(from), to: 'entity' in to ? to.entity : peers(to) },
  };
}

function isWorkload(end: Workload | Outside | Entity): end is Workload {
  return 'objects' in end;
}
