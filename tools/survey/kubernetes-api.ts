import { clusterOf, type KubernetesApi } from '../../environments/cluster.ts';
import { isWithin, rangesOf } from '../cluster/address-ranges.ts';
import { list } from '../cluster/cluster.ts';
import { customKindsIn } from '../cluster/custom-kinds.ts';
import type { EndpointSlice, Node } from '../cluster/objects.ts';
import { ifAllowed } from '../cluster/rights.ts';
import { families } from './ip-families.ts';
import { answer, Lacking, type Question } from './question.ts';

export const kubernetesApi: Question = {
  value: 'cluster.kubernetesApi',
  title: 'Kubernetes API',
  otherwise: 'no member of Postgres can become the primary, and no Job can make a Secret',
  ask: 'for the addresses and the port of the API server, as pods reach it',
  look: async (cluster, environment) => {
    const [slices, nodes, hasCilium, { ipFamilies }] = await Promise.all([
      list<EndpointSlice>(cluster, [
        ...['endpointslices', '--namespace', 'default'],
        ...['--selector', 'kubernetes.io/service-name=kubernetes'],
      ]),
      ifAllowed(list<Node>(cluster, ['nodes'])),
      customKindsIn(cluster).then((kinds) => kinds.includes('CiliumNetworkPolicy')),
      families(cluster),
    ]);
    const addresses = slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((each) => each.addresses));
    const ports = [...new Set(slices.flatMap(({ ports }) => (ports ?? []).map((each) => each.port)))];
    const cidrs = rangesOf(addresses);
    const [port] = ports;
    if (cidrs === undefined || port === undefined)
      throw new Lacking(
        'the Service kubernetes in default has no endpoints, so no pod reaches the API server',
      );
    // Cilium's address ranges do not match nodes. If none may be seen, it is on one of them.
    const ofNodes = nodes?.flatMap(({ status }) => (status?.addresses ?? []).map(({ address }) => address));
    const byName = hasCilium && (!ofNodes || addresses.some((address) => ofNodes.includes(address)));
    const value: KubernetesApi = byName ? { policy: 'cilium', port } : { cidrs, port };
    return answer(
      {
        value,
        how: `it is at ${addresses.join(', ')}, port ${ports.join(', ')} (EndpointSlice kubernetes of default)${hasCilium ? '; the cluster has Cilium' : ''}`,
        works: (given: KubernetesApi) =>
          ports.length === 1 &&
          port === given.port &&
          ('policy' in given
            ? hasCilium
            : !byName && addresses.every((address) => isWithin(address, given.cidrs))),
      },
      clusterOf(environment).kubernetesApi,
      clusterOf({ cluster: { ipFamilies } }).kubernetesApi,
    );
  },
};
