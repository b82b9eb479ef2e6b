import { clusterOf, type Place } from '../../../environments/cluster.ts';
import { type Cluster, list } from '../../cluster/cluster.ts';
import type { EndpointSlice, Pod, Service } from '../../cluster/objects.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';
import { isIn } from './api-server.ts';

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** Whether the pods that answer to names are those that the policies allow. */
export async function clusterDns({
  cluster,
  environment,
  name: file,
}: Omit<Patient, 'now'>): Promise<Finding> {
  const service = await dnsService(cluster);
  if (!service)
    return bad(
      'no Service answers to names (UDP port 53)',
      'ask who runs the cluster: it needs a DNS server',
    );
  const { name, namespace = '' } = service.metadata;
  const [pods, slices] = await Promise.all([
    list<Pod>(cluster, ['pods', '--namespace', namespace]),
    list<EndpointSlice>(cluster, [
      ...['endpointslices', '--namespace', namespace],
      ...['--selector', `kubernetes.io/service-name=${name}`],
    ]),
  ]);
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  if (endpoints.length === 0)
    return bad(
      `the Service ${name} in ${namespace} leads to no pod: nobody answers to names`,
      `kubectl --namespace ${namespace} get pods`,
    );
  const { at } = clusterOf(environment).dns;
  const allowed = at.map(placeText).join(' or ');
  const isAllowed = ({ addresses, targetRef }: Endpoint) => {
    const pod = pods.find(({ metadata }) => metadata.name === targetRef?.name);
    return at.some((place) =>
      'cidrs' in place
        ? addresses.every((address) => isIn(address, place.cidrs))
        : namespace === place.namespace && hasLabels(pod, place.labels ?? {}),
    );
  };
  // A pod with two addresses is in two slices.
  const names = (some: readonly Endpoint[]) => [
    ...new Set(some.map(({ addresses, targetRef }) => targetRef?.name ?? addresses.join(', '))),
  ];
  const refused = names(endpoints.filter((endpoint) => !isAllowed(endpoint)));
  if (refused.length === 0) return good(`${names(endpoints).length} pods answer, with ${allowed}`);
  return bad(
    `${refused.join(', ')} of ${namespace} answers to names, and the policies allow ${allowed} only: no pod finds a Service`,
    `environments/${file}.ts, cluster.dns.at: namespace ${namespace}, labels ${labelText(service.spec.selector ?? {})}; then npm run synth`,
  );
}

/** The Service that pods ask: the one with the usual label, or otherwise any that has the port. */
async function dnsService(cluster: Cluster): Promise<Service | undefined> {
  const services = await list<Service>(cluster, ['services', '--all-namespaces']);
  const servers = services.filter(({ spec }) =>
    spec.ports?.some(({ port, protocol }) => port === 53 && protocol === 'UDP'),
  );
  return servers.find(({ metadata }) => metadata.labels?.['k8s-app'] === 'kube-dns') ?? servers[0];
}

function hasLabels(pod: Pod | undefined, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => pod?.metadata.labels?.[key] === value);
}

function placeText(place: Place): string {
  if ('cidrs' in place) return place.cidrs.join(', ');
  return `${labelText(place.labels ?? {}) || 'any label'} in ${place.namespace}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
