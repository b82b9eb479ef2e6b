import { expect, test } from '@jest/globals';
import { issuerAnnotation, issuerOf } from '../../../charts/lib/cert-manager.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { endedBefore, gatewayAddress, wholeIngress } from '../../lib/addresses.ts';
import { object, objects } from '../../lib/manifests.ts';

const issued = { ...staging, address: wholeIngress };
const withIssuer = (kind: 'ClusterIssuer' | 'Issuer') => ({
  ...staging,
  address: { ...wholeIngress, tls: { secretName: 'whole-tls', issuer: { kind, name: 'ours' } } },
});

test.each([
  ['ClusterIssuer', 'cert-manager.io/cluster-issuer'],
  ['Issuer', 'cert-manager.io/issuer'],
] as const)('a certificate is asked of the %s by the annotation %s', (kind, annotation) => {
  expect(issuerAnnotation(withIssuer(kind))).toEqual({ [annotation]: 'ours' });
});

const others = [
  production,
  { ...staging, address: endedBefore },
  { ...production, address: gatewayAddress },
] as const;

test.each(others)('nobody is asked for one at $address.host', (environment) => {
  expect(issuerOf(environment)).toBeUndefined();
  expect(issuerAnnotation(environment)).toEqual({});
  expect(objects(environment, 'NetworkPolicy').map(({ metadata }) => metadata.name)).not.toContain(
    'http01-solver',
  );
});

test("the solver's pods receive from the Ingress controller on their port, and open nothing", () => {
  expect(object(issued, 'NetworkPolicy', 'http01-solver')).toMatchObject({
    metadata: {
      annotations: {
        'kubernetes.io/description': expect.stringMatching(
          /^from ingress-controller on 8089: .*cert-manager/,
        ),
      },
    },
    spec: {
      podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: object(issued, 'NetworkPolicy', 'nginx').spec?.ingress?.[0]?.from,
          ports: [{ port: 8089, protocol: 'TCP' }],
        },
      ],
    },
  });
  expect(object(issued, 'NetworkPolicy', 'http01-solver').spec).not.toHaveProperty('egress');
});
