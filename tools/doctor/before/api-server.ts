import { BlockList, isIPv6 } from 'node:net';
import { clusterOf } from '../../../environments/cluster.ts';
import { list } from '../../cluster/cluster.ts';
import type { EndpointSlice } from '../../cluster/objects.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Whether the API server is where the policies let pods reach it. */
export async function apiServer({ cluster, environment, name }: Patient): Promise<Finding> {
  const { kubernetesApi } = clusterOf(environment);
  const { port } = kubernetesApi;
  const slices = await list<EndpointSlice>(cluster, [
    ...['endpointslices', '--namespace', 'default'],
    ...['--selector', 'kubernetes.io/service-name=kubernetes'],
  ]);
  const addresses = slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((each) => each.addresses));
  const ports = [...new Set(slices.flatMap(({ ports }) => (ports ?? []).map((each) => each.port)))];
  // Cilium knows the addresses.
  const cidrs = 'cidrs' in kubernetesApi ? kubernetesApi.cidrs : undefined;
  const outside = cidrs ? addresses.filter((address) => !isIn(address, cidrs)) : [];
  const place = `${addresses.join(', ')}, port ${ports.join(', ')}`;
  const why = 'no member of Postgres could become the primary, and no Job could make a Secret';
  const file = `environments/${name}.ts, cluster.kubernetesApi`;
  if (addresses.length === 0)
    return bad(
      'the Service kubernetes in default has no endpoints, so no pod reaches the API server',
      'ask who runs the cluster for the addresses of the API server',
    );
  if (outside.length > 0)
    return bad(
      `it is at ${place}, and the policies allow ${cidrs?.join(', ')} only: ${why}`,
      `${file}: add ${outside.map((address) => `${address}/${isIPv6(address) ? 128 : 32}`).join(', ')} to cidrs; then npm run synth`,
    );
  return ports.length === 1 && ports[0] === port
    ? good(place)
    : bad(
        `it is at ${place}, and the policies allow port ${port} only: ${why}`,
        `${file}: port ${ports.join(' or ')}; then npm run synth`,
      );
}

/** Whether ranges hold an address. */
export function isIn(address: string, cidrs: readonly string[]): boolean {
  const family = (each: string) => (isIPv6(each) ? 'ipv6' : 'ipv4');
  const ranges = new BlockList();
  for (const cidr of cidrs) {
    const [start = '', prefix] = cidr.split('/');
    ranges.addSubnet(start, Number(prefix), family(start));
  }
  return ranges.check(address, family(address));
}
