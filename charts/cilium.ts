import type { ApiObjectMetadata } from 'cdk8s';
import type { NonEmpty } from '../environments/environment.ts';

/** Who is known to Cilium by name, where addresses do not match: no range of a NetworkPolicy holds a node of the cluster. */
export type CiliumEntity = 'kube-apiserver';

/** A connection to such an entity. */
interface ToEntity {
  readonly entity: CiliumEntity;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/**
 * A policy of Cilium that allows these connections beside those of the NetworkPolicies.
 *
 * @see https://docs.cilium.io/en/stable/security/policy/language/#entities-based
 */
export function ciliumPolicy(
  metadata: ApiObjectMetadata,
  matchLabels: Readonly<Record<string, string>>,
  connections: NonEmpty<ToEntity>,
) {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata,
    spec: {
      endpointSelector: { matchLabels },
      egress: connections.map(({ entity, port, protocol }) => ({
        toEntities: [entity],
        toPorts: [{ ports: [{ port: `${port}`, protocol }] }],
      })),
    },
  };
}
