import { dnsPods } from '../../../charts/lib/outside.ts';
import { type Cluster, list } from '../../cluster/cluster.ts';
import type { EndpointSlice, Pod, Service } from '../../cluster/objects.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Whether the pods that answer to names are those that the policies allow. */
export async function clusterDns({ cluster }: Pick<Patient, 'cluster'>): Promise<Finding> {
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
  // A pod with two addresses is in two slices.
  const answering = [...new Set(endpoints.map(({ targetRef }) => targetRef?.name))];
  if (answering.length === 0)
    return bad(
      `the Service ${name} in ${namespace} leads to no pod: nobody answers to names`,
      `kubectl --namespace ${namespace} get pods`,
    );
  const isAllowed = (pod: Pod | undefined) =>
    namespace === dnsPods.namespace &&
    Object.entries(dnsPods.labels).every(([key, value]) => pod?.metadata.labels?.[key] === value);
  const refused = answering.filter((pod) => !isAllowed(pods.find(({ metadata }) => metadata.name === pod)));
  const allowed = `${labelText(dnsPods.labels)} in ${dnsPods.namespace}`;
  if (refused.length === 0) return good(`${answering.length} pods answer, with ${allowed}`);
  return bad(
    `${refused.join(', ')} of ${namespace} answers to names, and the policies allow ${allowed} only: no pod finds a Service`,
    `charts/lib/outside.ts, dnsPods: namespace ${namespace}, labels ${labelText(service.spec.selector ?? {})}; then npm run synth`,
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

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
