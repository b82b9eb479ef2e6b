import { isDeepStrictEqual } from 'node:util';
import { clusterOf, type Dns, type Place } from '../../environments/cluster.ts';
import { rangesOf } from '../cluster/address-ranges.ts';
import { addressesOf, type DnsServers, dnsServers, nodeCaches } from './dns-servers.ts';
import { resolver } from './kubelet.ts';
import { answer, Lacking, type Question, type Unseen } from './question.ts';
import { admits, type Spot, spotOf } from './spot.ts';

export const dns: Question = {
  value: 'cluster.dns',
  title: 'cluster DNS',
  otherwise: 'no pod finds a Service by its name',
  ask: 'for the DNS servers: their pods (namespace, labels, port), and the address of a cache on the nodes, if there is one',
  look: async (cluster, environment) => {
    const servers = await dnsServers(cluster);
    const { service, pods, addresses, ports } = servers;
    const { name, namespace = '' } = service.metadata;
    const [caches, told] = await Promise.all([nodeCaches(cluster, namespace), resolver(cluster)]);
    // The kubelet may name another server than the Service.
    const others = (told?.servers ?? []).filter((server) => !addressesOf(service).includes(server));
    const onNodes = [...new Set([...(caches ?? []).flatMap((cache) => cache.addresses), ...others])];
    const spots: Spot[] = [
      ...pods.map(spotOf),
      ...[...addresses, ...onNodes].map((address) => ({ addresses: [address] })),
    ];
    const cidrs = rangesOf(spots.filter(({ pod }) => !pod).flatMap((spot) => spot.addresses));
    const [first, ...further]: Place[] = [
      ...podsOf(servers),
      // The network plugin may lead what is sent to such an address to a pod of the cache.
      ...(caches ?? []).map(({ labels }) => ({ namespace, labels })),
      ...(cidrs ? [{ cidrs }] : []),
    ];
    if (first === undefined)
      throw new Lacking(`the Service ${name} in ${namespace} leads to no pod: nobody answers to names`);
    const all = [...new Set([...ports, ...(onNodes.length > 0 ? [53] : [])])];
    const [port = 53, ...morePorts] = all;
    const answering = [...pods.map(({ metadata }) => metadata.name), ...addresses].join(', ');
    return answer<Dns>(
      {
        value: {
          at: [first, ...further],
          ...(isDeepStrictEqual(all, [53]) ? {} : { ports: [port, ...morePorts] }),
        },
        how: [
          `Service ${name} in ${namespace} leads to ${answering}, port ${ports.join(', ')}`,
          ...(onNodes.length > 0 ? [`on the nodes ${onNodes.join(', ')} answers`] : []),
        ].join('; '),
        works: ({ at, ports: given = [53] }) =>
          spots.every((spot) => at.some((place) => admits(place, spot))) &&
          all.every((each) => given.includes(each)),
        unseen: caches === undefined && told === undefined ? [unseenCache(namespace)] : [],
      },
      clusterOf(environment).dns,
      clusterOf({}).dns,
    );
  },
};

const unseenCache = (namespace: string): Unseen => ({
  why: `neither the DaemonSets of ${namespace} nor a kubelet may be looked at`,
  ask: 'whether a cache on the nodes answers to names (NodeLocal DNSCache), and its address',
});

/** The servers' pods, by labels that they keep: the usual ones, or those by which their Service finds them. */
function podsOf({ service: { metadata, spec }, pods }: DnsServers): Place[] {
  const spots = pods.map(spotOf).filter(({ pod }) => pod);
  if (spots.length === 0) return [];
  const usual = clusterOf({}).dns.at[0];
  const isUsual = spots.every((spot) => admits(usual, spot));
  return [isUsual ? usual : { namespace: `${metadata.namespace}`, labels: spec.selector ?? {} }];
}
