import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Issuer, Labels } from '../../environments/address.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { nginx } from '../workloads/nginx.ts';
import { fromVisitors } from './outside.ts';
import { labels } from './workload.ts';

/** The pods with which cert-manager answers an ACME server by HTTP (HTTP-01), and their port. */
const solver = { labels: { 'acme.cert-manager.io/http01-solver': 'true' }, port: 8089 };

/** The issuer from which cert-manager gets the site's certificate, if it does. */
export function issuerOf({ address }: AnyEnvironment): Issuer | undefined {
  return address.kind === 'ingress' && address.tls !== 'ended-before' ? address.tls.issuer : undefined;
}

/**
 * The annotation by which cert-manager makes a Certificate for the hosts and the Secret of an Ingress.
 *
 * @see https://cert-manager.io/docs/usage/ingress/
 */
export function issuerAnnotation(environment: AnyEnvironment): Labels {
  const issuer = issuerOf(environment);
  if (!issuer) return {};
  return { [`cert-manager.io/${issuer.kind === 'Issuer' ? 'issuer' : 'cluster-issuer'}`]: issuer.name };
}

/**
 * Lets the Ingress controller reach the solver's pods, which cert-manager makes in the namespace of the Ingress for some
 * seconds, with an Ingress of their own.
 *
 * @see https://cert-manager.io/docs/configuration/acme/http01/
 */
export function solverPolicy(scope: Construct, environment: AnyEnvironment): void {
  if (!issuerOf(environment)) return;
  const { from, port } = fromVisitors(environment, solver.port);
  const why = "the ACME server asks through the Ingress for cert-manager's answer";
  new k8s.KubeNetworkPolicy(scope, 'http01-solver', {
    metadata: {
      name: 'http01-solver',
      labels: labels(environment, nginx),
      annotations: { 'kubernetes.io/description': `from ${from.name} on ${port}: ${why}` },
    },
    spec: {
      podSelector: { matchLabels: solver.labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [...from.peers], ports: [{ port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' }] },
      ],
    },
  });
}
