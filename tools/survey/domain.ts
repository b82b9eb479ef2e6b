import { clusterOf } from '../../environments/cluster.ts';
import { type Cluster, get } from '../cluster/cluster.ts';
import type { ConfigMap } from '../cluster/objects.ts';
import { ifAllowed } from '../cluster/rights.ts';
import { type DnsServers, dnsServers } from './dns-servers.ts';
import { resolver } from './kubelet.ts';
import { answer, NotSeen, type Question } from './question.ts';

export const domain: Question = {
  value: 'cluster.domain',
  title: 'cluster domain',
  otherwise: 'names in certificates do not exist, and the nodes of Elasticsearch do not find each other',
  ask: 'for the domain of its Services (clusterDomain of the kubelets)',
  look: async (cluster, environment) => {
    const [served, told] = await Promise.all([servedDomains(cluster), resolver(cluster)]);
    const isServed = served?.domains.includes(`${told?.domain}`) ?? true;
    const value = isServed ? (told?.domain ?? served?.domains[0]) : served?.domains[0];
    if (value === undefined)
      throw new NotSeen('the DNS server has no Corefile that may be read, and no kubelet may be asked');
    const how = [
      ...(served ? [`${served.place} has ${served.domains.join(', ')}`] : []),
      ...(told?.domain === undefined ? [] : [`the kubelet of ${told.node} has ${told.domain}`]),
    ].join('; ');
    const works = (given: string) => served?.domains.includes(given) ?? given === value;
    return answer(
      { value, how, works, isDefault: value === clusterOf({}).domain },
      clusterOf(environment).domain,
      clusterOf({}).domain,
    );
  },
};

/**
 * The domains whose Services CoreDNS knows; undefined if the servers have no Corefile that may be read.
 *
 * @see https://coredns.io/plugins/kubernetes/
 */
async function servedDomains(
  cluster: Cluster,
): Promise<{ readonly place: string; readonly domains: readonly string[] } | undefined> {
  const servers = await ifAllowed(dnsServers(cluster));
  if (!servers) return undefined;
  for (const name of configMapsOf(servers)) {
    const namespace = `${servers.service.metadata.namespace}`;
    const found = await ifAllowed(get<ConfigMap>(cluster, ['configmap', name, '--namespace', namespace]));
    const [, zones] = /^\s*kubernetes\s+([^{\n]*)/m.exec(found?.data?.Corefile ?? '') ?? [];
    // Without a zone of its own it has that of its server block, which is the root as a rule.
    const domains = (zones ?? '').split(/\s+/).filter((zone) => zone !== '' && !/\.arpa\.?$/.test(zone));
    if (domains.length > 0)
      return {
        place: `the Corefile of ConfigMap ${name} in ${namespace}`,
        domains: domains.map((zone) => zone.replace(/\.$/, '')),
      };
  }
  return undefined;
}

function configMapsOf({ pods }: DnsServers): string[] {
  const names = pods.flatMap(({ spec }) => (spec.volumes ?? []).map(({ configMap }) => configMap?.name));
  return [...new Set(names.filter((name) => name !== undefined))];
}
