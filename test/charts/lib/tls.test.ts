import { expect, test } from '@jest/globals';
import { authoritySecret, dnsNames, tlsSecret, tlsVolume } from '../../../charts/lib/tls.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { production } from '../../../environments/production.ts';
import { manifests } from '../../lib/manifests.ts';

test('a certificate and the key of its authority are in different Secrets', () => {
  expect([tlsSecret(postgres), authoritySecret(postgres)]).toEqual(['postgres-tls', 'postgres-ca']);
});

test('a certificate is for each Service and each pod, by every name that the DNS of a cluster knows, and for localhost', () => {
  const { namespace } = production;
  expect(dnsNames(production, postgres, ['db']).sort()).toEqual(
    [
      'localhost',
      ...['db', 'postgres-headless', '*.postgres-headless'].flatMap((name) => [
        name,
        `${name}.${namespace}`,
        `${name}.${namespace}.svc`,
        `${name}.${namespace}.svc.cluster.local`,
      ]),
    ].sort(),
  );
});

test('in another domain no name and no setting has the usual one', () => {
  const environment = { ...production, cluster: { domain: 'corp.internal' } };
  expect(dnsNames(environment, postgres, ['db'])).toContain(`db.${production.namespace}.svc.corp.internal`);
  const text = JSON.stringify(manifests(environment));
  expect(text).not.toContain('cluster.local');
  expect(text).toContain(`elasticsearch-headless.${production.namespace}.svc.corp.internal`);
});

test('the certificate is mounted as a whole folder, so that a renewed one appears', () => {
  expect(tlsVolume(postgres)).toEqual({
    name: 'tls',
    secret: { secretName: 'postgres-tls', defaultMode: 0o440 },
  });
});
