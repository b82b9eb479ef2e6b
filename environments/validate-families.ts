import { isIP } from 'node:net';
import type { AnyEnvironment } from './environment.ts';
import { cidrs, ipFamilies } from './rules.ts';

/**
 * Address ranges that no connection of the environment's pods can have, because they have no address of that family. A policy
 * would take them, and the connection would never be made. What no rule allows is refused by that rule.
 */
export function familyProblems({ application: _, ...environment }: AnyEnvironment): string[] {
  const families: readonly string[] = environment.cluster?.ipFamilies ?? ['IPv4'];
  if (!ipFamilies.holds(families)) return [];
  return rangesIn(environment).flatMap(([path, ranges]) =>
    !cidrs.holds(ranges) || ranges.some((range) => families.includes(familyOf(`${range}`)))
      ? []
      : `${path} is ${JSON.stringify(ranges)}, expected a range of ${families} among them, as cluster.ipFamilies says`,
  );
}

function familyOf(range: string): string {
  return `IPv${isIP(range.replace(/\/.*/, ''))}`;
}

/** Each `cidrs` in a value, with the path to it. */
function rangesIn(value: object, path: readonly string[] = []): [path: string, ranges: readonly unknown[]][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const here = [...path, name];
    if (name === 'cidrs' && Array.isArray(inner)) return [[here.join('.'), inner]];
    return typeof inner === 'object' && inner !== null ? rangesIn(inner, here) : [];
  });
}
