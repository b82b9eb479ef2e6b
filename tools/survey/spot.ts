import type { Labels } from '../../environments/address.ts';
import type { Place } from '../../environments/cluster.ts';
import { isWithin } from '../cluster/address-ranges.ts';
import type { Pod } from '../cluster/objects.ts';

/** One end of connections, as it is in the cluster. */
export interface Spot {
  /** Absent where policies do not know it by labels: outside the cluster, and in the network of a node. */
  readonly pod?: { readonly namespace: string; readonly labels: Labels };
  readonly addresses: readonly string[];
}

/** Where a pod is. */
export function spotOf({ metadata, spec, status }: Pod): Spot {
  const addresses = (status?.podIPs ?? []).map(({ ip = '' }) => ip);
  const pod = { namespace: `${metadata.namespace}`, labels: metadata.labels ?? {} };
  return { addresses, ...(!spec.hostNetwork && { pod }) };
}

/** Whether a policy with this place lets connections through to or from there. */
export function admits(place: Place, { pod, addresses }: Spot): boolean {
  if ('cidrs' in place)
    return addresses.length > 0 && addresses.every((address) => isWithin(address, place.cidrs));
  return (
    pod?.namespace === place.namespace &&
    Object.entries(place.labels ?? {}).every(([name, value]) => pod.labels[name] === value)
  );
}
