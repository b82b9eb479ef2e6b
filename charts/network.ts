import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import { backupsOf, type Connection, connections, workloadsOf } from './connections.ts';
import { labels, selector, type Workload } from './lib/names.ts';

/** Addresses that Docker gives to its networks, and so to this machine as kind's node sees it; pods have others. */
const dockerNetworks = ['172.16.0.0/12', '192.168.0.0/16'];

/**
 * The network split: nothing may connect to anything, but for the connections that are declared.
 *
 * One policy denies all; then each workload has a policy of its own with what it may receive and open.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function network(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '10-network', { namespace: environment.namespace });
  const declared = connections(environment);

  new k8s.KubeNetworkPolicy(chart, 'default-deny', {
    metadata: {
      name: 'default-deny',
      annotations: { 'kubernetes.io/description': 'refuses every connection that no other policy allows' },
    },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });

  for (const workload of workloadsOf(environment)) {
    const incoming = declared.filter((connection) => connection.to === workload);
    const outgoing = declared.filter((connection) => connection.from === workload);
    new k8s.KubeNetworkPolicy(chart, workload, {
      metadata: {
        name: workload,
        labels: labels(environment, workload),
        annotations: { 'kubernetes.io/description': describe(incoming, outgoing) },
      },
      spec: {
        podSelector: { matchLabels: selector(environment, workload) },
        policyTypes: ['Ingress', 'Egress'],
        ...(incoming.length > 0 && {
          ingress: incoming.map((connection) => ({
            from: peers(environment, connection.from),
            ports: [port(connection)],
          })),
        }),
        ...(outgoing.length > 0 && {
          egress: outgoing.map((connection) => ({
            to: peers(environment, connection.to),
            ports: [port(connection)],
          })),
        }),
      },
    });
  }
}

function port(connection: Connection): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(connection.port), protocol: connection.protocol ?? 'TCP' };
}

function peers(
  environment: AnyEnvironment,
  end: Connection['from'] | Connection['to'],
): k8s.NetworkPolicyPeer[] {
  switch (end) {
    case 'ingress-controller':
      return environment.address.kind === 'ingress'
        ? [namespace(environment.address.controllerNamespace)]
        : [];
    case 'this-machine':
      return dockerNetworks.map((cidr) => ({ ipBlock: { cidr } }));
    case 'cluster-dns':
      return [{ ...namespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }];
    case 'kubernetes-api':
      return environment.kubernetesApi.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    case 'object-store': {
      const place = backupsOf(environment)?.objectStore.reachedAt;
      if (place === undefined) return [];
      return 'namespace' in place
        ? [namespace(place.namespace)]
        : place.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    }
    default:
      return [{ podSelector: { matchLabels: selector(environment, end satisfies Workload) } }];
  }
}

function namespace(name: string): k8s.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

function describe(incoming: Connection[], outgoing: Connection[]): string {
  const parts = [
    ...incoming.map(({ from, port, why }) => `from ${from} on ${port}: ${why}`),
    ...outgoing.map(({ to, port, why }) => `to ${to} on ${port}: ${why}`),
  ];
  return parts.length === 0 ? 'nothing' : [...new Set(parts)].join('; ');
}
