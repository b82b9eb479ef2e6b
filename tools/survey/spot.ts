import { BlockList, isIPv6 } from 'node:net';
import type { Place } from '../../environments/cluster.ts';
import type { NonEmpty } from '../../environments/environment.ts';
import type { Pod } from '../cluster/objects.ts';

type Labels = Readonly<Record<string, string>>;

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
    return addresses.length > 0 && addresses.every((address) => isIn(address, place.cidrs));
  return (
    pod?.namespace === place.namespace &&
    Object.entries(place.labels ?? {}).every(([name, value]) => pod.labels[name] === value)
  );
}

/** The range that holds one address. */
function rangeOf(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

/** The ranges of these addresses, each once, or undefined if there is none. */
export function rangesOf(addresses: readonly string[]): NonEmpty<string> | undefined {
  const [first, ...others] = new Set(addresses.map(rangeOf));
  return first === undefined ? undefined : [first, ...others];
}

/** Whether one of the ranges holds the address. */
export function isIn(address: string, cidrs: readonly string[]): boolean {
  const family = (each: string) => (isIPv6(each) ? 'ipv6' : 'ipv4');
  const ranges = new BlockList();
  for (const cidr of cidrs) {
    const [start = '', prefix] = cidr.split('/');
    ranges.addSubnet(start, Number(prefix), family(start));
  }
  return ranges.check(address, family(address));
}
