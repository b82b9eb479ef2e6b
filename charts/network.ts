import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import { ciliumPolicy } from './cilium.ts';
import { type Connection, connections } from './connections.ts';
import { solverPolicy } from './lib/cert-manager.ts';
import { labels, selector } from './lib/workload.ts';
import { workloadsOf } from './workloads.ts';

/**
 * The network policies: nothing may connect to anything, except for the declared connections.
 *
 * One policy denies everything. Then each workload has its own policy, with the connections that it may receive and
 * open. Where only Cilium knows the other end, a policy of Cilium allows the connection.
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
    const incoming = declared.filter(({ to }) => to === workload.name);
    const outgoing = declared.filter(({ from }) => from === workload.name);
    const metadata = {
      name: workload.name,
      labels: labels(environment, workload),
      annotations: { 'kubernetes.io/description': describe(incoming, outgoing) },
    };
    const egress = outgoing.flatMap((connection) =>
      typeof connection.peers.to === 'string'
        ? []
        : [{ to: [...connection.peers.to], ports: [port(connection)] }],
    );
    new k8s.KubeNetworkPolicy(chart, workload.name, {
      metadata,
      spec: {
        podSelector: { matchLabels: selector(environment, workload) },
        policyTypes: ['Ingress', 'Egress'],
        ...(incoming.length > 0 && {
          ingress: incoming.map((connection) => ({
            from: [...connection.peers.from],
            ports: [port(connection)],
          })),
        }),
        ...(egress.length > 0 && { egress }),
      },
    });
    const [first, ...others] = outgoing.flatMap(({ peers: { to: entity }, port, protocol }) =>
      typeof entity === 'string' ? [{ entity, port, protocol }] : [],
    );
    if (first)
      new ApiObject(
        chart,
        `${workload.name}-cilium`,
        ciliumPolicy(metadata, selector(environment, workload), [first, ...others]),
      );
  }

  solverPolicy(chart, environment);
}

function port({ port, protocol }: Connection): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(port), protocol };
}

function describe(incoming: readonly Connection[], outgoing: readonly Connection[]): string {
  const parts = [
    ...incoming.map(({ from, port, why }) => `from ${from} on ${port}: ${why}`),
    ...outgoing.map(({ to, port, why }) => `to ${to} on ${port}: ${why}`),
  ];
  return [...new Set(parts)].join('; ');
}
