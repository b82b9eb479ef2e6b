import { dockerNetworks } from '../../charts/lib/outside.ts';
import { clusterOf } from '../../environments/cluster.ts';
import type { LocalEnvironment, NonEmpty } from '../../environments/environment.ts';
import { familyOf, isWithin, rangesOf } from '../cluster/address-ranges.ts';
import { type Cluster, list } from '../cluster/cluster.ts';
import type { EndpointSlice } from '../cluster/objects.ts';
import { ask, type Engine } from './engine.ts';

/** Where the connections of a local cluster come from and go to, as it is. */
export interface LocalAddresses {
  /** Address ranges of the network of kind's nodes; empty for another cluster. */
  readonly network: readonly string[];
  /** Addresses and port of the API server. */
  readonly api: { readonly addresses: readonly string[]; readonly port: number | undefined };
}

/**
 * Asks where a local cluster is.
 *
 * @param engine that runs kind's nodes, in a network whose range it chooses; undefined for a cluster that kind did not make
 */
export async function localAddressesOf(local: Cluster, engine: Engine | undefined): Promise<LocalAddresses> {
  const slices = await list<EndpointSlice>(local, [
    'endpointslices',
    ...['--namespace', 'default', '--selector', 'kubernetes.io/service-name=kubernetes'],
  ]);
  const addresses = slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((each) => each.addresses));
  const [port] = slices.flatMap(({ ports }) => (ports ?? []).map((each) => each.port));
  const network = engine && (await ask(engine, 'network', 'inspect', 'kind'));
  return { network: network ? subnetsIn(network) : [], api: { addresses, port } };
}

/** The ranges of IPv4 in what `network inspect` says: Docker and nerdctl write `Subnet`, podman `subnet`. */
function subnetsIn(json: string): string[] {
  return [...json.matchAll(/"subnet":\s*"([^"]+)"/gi)].map(([, subnet]) => subnet ?? '').filter(isOfIPv4);
}

/** The environment with the addresses of the cluster, where its own do not hold them. */
export function withAddresses(
  environment: LocalEnvironment,
  { network, api }: LocalAddresses,
): LocalEnvironment {
  const { address, cluster } = environment;
  const { kubernetesApi } = clusterOf(environment);
  const visitorsFrom = network.every((range) => isWithin(range, dockerNetworks.IPv4))
    ? undefined
    : atLeastOne(network);
  const cidrs = rangesOf(api.addresses.filter(isOfIPv4));
  const { port = kubernetesApi.port } = api;
  const isReached =
    !cidrs ||
    !('cidrs' in kubernetesApi) ||
    (port === kubernetesApi.port && cidrs.every((range) => isWithin(range, kubernetesApi.cidrs)));
  if (!visitorsFrom && isReached) return environment;
  return {
    ...environment,
    address: { ...address, ...(visitorsFrom && { visitorsFrom }) },
    cluster: { ...cluster, ...(!isReached && { kubernetesApi: { cidrs, port } }) },
  };
}

function atLeastOne([first, ...others]: readonly string[]): NonEmpty<string> | undefined {
  return first === undefined ? undefined : [first, ...others];
}

function isOfIPv4(range: string): boolean {
  return familyOf(range) === 'IPv4';
}
