import type { GatewayAddress, IngressAddress } from '../../environments/address.ts';

/** An address that has whatever one behind an Ingress may have. */
export const wholeIngress = {
  kind: 'ingress',
  host: 'whole.example.org',
  otherHosts: ['www.whole.example.org', 'whole.example.net'],
  className: 'public',
  tls: { secretName: 'whole-tls', issuer: { kind: 'ClusterIssuer', name: 'letsencrypt' } },
  from: [
    { namespace: 'ingress', labels: { app: 'controller' } },
    { cidrs: ['192.0.2.0/28', '2001:db8::/64'] },
  ],
  annotations: { 'example.org/timeout': '120s' },
  labels: { 'example.org/team': 'energy' },
  service: { annotations: { 'example.org/health-check': '/nginx-health' }, labels: { zone: 'public' } },
} as const satisfies IngressAddress;

/** An address behind an Ingress whose controller gets HTTP from a load balancer. */
export const endedBefore = {
  kind: 'ingress',
  host: 'before.example.org',
  className: 'public',
  tls: 'ended-before',
  from: [{ cidrs: ['192.0.2.0/28'] }],
} as const satisfies IngressAddress;

/** An address behind a Gateway. */
export const gatewayAddress = {
  kind: 'gateway',
  host: 'gateway.example.org',
  otherHosts: ['www.gateway.example.org'],
  gateway: { name: 'public', namespace: 'gateways', sectionName: 'https' },
  from: [{ namespace: 'gateways' }],
  annotations: { 'example.org/timeout': '120s' },
  labels: { 'example.org/team': 'energy' },
} as const satisfies GatewayAddress;
