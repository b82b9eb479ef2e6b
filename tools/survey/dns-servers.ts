import { type Cluster, list } from '../cluster/cluster.ts';
import type { DaemonSet, EndpointSlice, Pod, Service } from '../cluster/objects.ts';
import { ifAllowed } from '../cluster/rights.ts';
import { resolver } from './kubelet.ts';
import { Lacking } from './question.ts';

/** What answers to names behind its Service. */
export interface DnsServers {
  readonly service: Service;
  readonly pods: readonly Pod[];
  /** Addresses at which it answers that are no pod's. */
  readonly addresses: readonly string[];
  /** Ports behind the Service. */
  readonly ports: readonly number[];
}

/**
 * Finds the DNS servers: those of the Service whose address the kubelet gives to pods, or otherwise of the one with the
 * usual label, or of any that has the port.
 *
 * @throws Lacking when there is none
 */
export async function dnsServers(cluster: Cluster): Promise<DnsServers> {
  const [services, told] = await Promise.all([
    list<Service>(cluster, ['services', '--all-namespaces']),
    resolver(cluster),
  ]);
  const candidates = services.filter(({ spec }) => spec.ports?.some(isDnsPort));
  const service =
    candidates.find((each) => told?.servers.some((server) => addressesOf(each).includes(server))) ??
    candidates.find(({ metadata }) => metadata.labels?.['k8s-app'] === 'kube-dns') ??
    candidates[0];
  if (!service) throw new Lacking('no Service answers to names (UDP port 53)');
  const { name, namespace = '' } = service.metadata;
  const [all, slices] = await Promise.all([
    list<Pod>(cluster, ['pods', '--namespace', namespace]),
    list<EndpointSlice>(cluster, [
      ...['endpointslices', '--namespace', namespace],
      ...['--selector', `kubernetes.io/service-name=${name}`],
    ]),
  ]);
  const names = new Set(service.spec.ports?.filter(({ port }) => port === 53).map((each) => each.name ?? ''));
  const ports = slices.flatMap((slice) => (slice.ports ?? []).filter((each) => names.has(each.name ?? '')));
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const answering = new Set(endpoints.map(({ targetRef }) => targetRef?.name));
  return {
    service,
    // A pod with two addresses is in two slices.
    pods: all.filter(({ metadata }) => answering.has(metadata.name)),
    addresses: endpoints.filter(({ targetRef }) => !targetRef).flatMap((each) => each.addresses),
    ports: [...new Set(ports.map(({ port }) => port ?? 53))],
  };
}

function isDnsPort({ port, protocol }: { readonly port: number; readonly protocol?: string }): boolean {
  return port === 53 && protocol === 'UDP';
}

/** The addresses of a Service, one of each family. */
export function addressesOf({ spec: { clusterIP, clusterIPs } }: Service): readonly string[] {
  return clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP]);
}

/** A cache of names on each node. */
export interface NodeCache {
  readonly labels: Readonly<Record<string, string>>;
  /** Addresses at which it answers, the same ones on every node. */
  readonly addresses: readonly string[];
}

/**
 * The caches beside the DNS servers; undefined if DaemonSets may not be looked at.
 *
 * @see https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
 */
export async function nodeCaches(cluster: Cluster, namespace: string): Promise<NodeCache[] | undefined> {
  const sets = await ifAllowed(list<DaemonSet>(cluster, ['daemonsets', '--namespace', namespace]));
  return sets?.flatMap(({ spec: { selector, template } }) => {
    const addresses = (template.spec?.containers ?? []).flatMap(localAddresses);
    return addresses.length > 0 ? [{ labels: selector.matchLabels ?? {}, addresses }] : [];
  });
}

/** What `-localip` says in the command line of a container. */
function localAddresses({ command = [], args = [] }: { command?: string[]; args?: string[] }): string[] {
  const words = [...command, ...args].flatMap((word) => word.split('='));
  const at = words.findIndex((word) => /^--?localip$/.test(word));
  return at === -1 ? [] : (words[at + 1] ?? '').split(',').filter((address) => address !== '');
}
