import { isDeepStrictEqual } from 'node:util';
import { clusterOf, type IpFamily } from '../../environments/cluster.ts';
import type { NonEmpty } from '../../environments/environment.ts';
import { familyOf } from '../cluster/address-ranges.ts';
import { type Cluster, get, list } from '../cluster/cluster.ts';
import type { Node, Service } from '../cluster/objects.ts';
import { ifAllowed } from '../cluster/rights.ts';
import { answer, NotSeen, type Question, type Unseen } from './question.ts';

interface Families {
  readonly ipFamilies: NonEmpty<IpFamily>;
  readonly how: string;
  readonly unseen: readonly Unseen[];
}

export const ipFamilies: Question = {
  value: 'cluster.ipFamilies',
  title: 'IP families',
  otherwise: 'the policies do not know the addresses of pods',
  ask: 'whether its pods have addresses of IPv4, of IPv6 or of both',
  look: async (cluster, environment) => {
    const { ipFamilies: value, how, unseen } = await families(cluster);
    const given = clusterOf(environment).ipFamilies;
    const fallback = clusterOf({}).ipFamilies;
    // Who does without one of two families loses nothing but that one.
    const works = (other: NonEmpty<IpFamily>) => other.every((family) => value.includes(family));
    const isDefault = isDeepStrictEqual(value, fallback);
    return answer({ value, how, works, isDefault, unseen }, given, fallback);
  },
};

/** The families of the pods' addresses: by the ranges of the nodes, or otherwise by the first Service. */
export async function families(cluster: Cluster): Promise<Families> {
  const nodes = (await ifAllowed(list<Node>(cluster, ['nodes']))) ?? [];
  const ranges = [...new Set(nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []))];
  const [first, ...others] = new Set(ranges.map(familyOf));
  if (first !== undefined)
    return {
      ipFamilies: [first, ...others],
      how: `pods of a node have addresses in ${nodes[0]?.spec?.podCIDRs?.join(', ')}`,
      unseen: [],
    };
  const service = await get<Service>(cluster, ['service', 'kubernetes', '--namespace', 'default']);
  const address = service?.spec.clusterIP;
  if (address === undefined) throw new NotSeen('neither nodes nor the Service kubernetes say it');
  const family = familyOf(address);
  return {
    ipFamilies: [family],
    how: `the Service kubernetes in default has ${address}`,
    unseen: [
      {
        why: 'no node that may be looked at says which addresses its pods have',
        ask: `whether its pods have addresses of ${family === 'IPv4' ? 'IPv6' : 'IPv4'} as well`,
      },
    ],
  };
}
