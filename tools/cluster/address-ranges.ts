import { BlockList, isIPv6 } from 'node:net';
import type { IpFamily } from '../../environments/cluster.ts';
import type { NonEmpty } from '../../environments/environment.ts';

/** The family of an address, or of a range. */
export function familyOf(range: string): IpFamily {
  return parsed(range).family === 'ipv6' ? 'IPv6' : 'IPv4';
}

/** The ranges of these addresses, each once, or undefined if there is none. */
export function rangesOf(addresses: readonly string[]): NonEmpty<string> | undefined {
  const [first, ...others] = new Set(addresses.map((each) => `${each}/${parsed(each).length}`));
  return first === undefined ? undefined : [first, ...others];
}

/** Whether one of the ranges holds an address, or all of a range. */
export function isWithin(part: string, ranges: readonly string[]): boolean {
  const { address, family, length } = parsed(part);
  return ranges.some((range) => {
    const whole = parsed(range);
    // For BlockList an address of IPv4 is in ::/0; for policies it is not.
    if (whole.family !== family || whole.length > length) return false;
    const list = new BlockList();
    list.addSubnet(whole.address, whole.length, whole.family);
    return list.check(address, family);
  });
}

/** An address alone is a range of its own. */
function parsed(range: string) {
  const [address = '', prefix] = range.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  return { address, family, length: Number(prefix ?? (family === 'ipv6' ? 128 : 32)) } as const;
}
