import { describe, expect, test } from '@jest/globals';
import { labels } from '../../charts/lib/workload.ts';
import { nginx } from '../../charts/workloads/nginx.ts';
import { production } from '../../environments/production.ts';
import { staging } from '../../environments/staging.ts';
import { endedBefore, wholeIngress } from '../lib/addresses.ts';
import { object, objects, variants } from '../lib/manifests.ts';

const ingressOf = (address: typeof endedBefore | typeof wholeIngress | typeof production.address) =>
  object({ ...staging, address }, 'Ingress', 'coped');

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const { address } = environment;

  test('there is an Ingress where the address is one, and only there', () => {
    expect(objects(environment, 'Ingress').map(({ metadata }) => metadata)).toEqual(
      address.kind === 'ingress'
        ? [
            expect.objectContaining({
              name: 'coped',
              namespace: environment.namespace,
              labels: expect.objectContaining(labels(environment, nginx)),
            }),
          ]
        : [],
    );
  });
});

const backend = { service: { name: 'nginx', port: { name: 'http' } } };
const rule = (host: string) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } });

test('it leads every path of its host to nginx, by TLS with the certificate of that host', () => {
  const { host, className, tls } = production.address;
  expect(ingressOf(production.address).spec).toEqual({
    ingressClassName: className,
    tls: [{ hosts: [host], secretName: tls.secretName }],
    rules: [rule(host)],
  });
});

test('more hosts are served too, and are in the certificate', () => {
  const hosts = ['whole.example.org', 'www.whole.example.org', 'whole.example.net'];
  expect(ingressOf(wholeIngress).spec).toEqual({
    ingressClassName: 'public',
    tls: [{ hosts, secretName: 'whole-tls' }],
    rules: hosts.map(rule),
  });
});

test('where TLS has ended before, the Ingress has no certificate', () => {
  expect(ingressOf(endedBefore).spec).toEqual({
    ingressClassName: 'public',
    rules: [rule('before.example.org')],
  });
});

const ignored = { 'argocd.argoproj.io/ignore-healthcheck': 'true' };

test('it depends on the annotations of no one controller, and Argo CD does not wait for its address', () => {
  expect(ingressOf(production.address).metadata.annotations).toEqual(ignored);
});

test('it has the annotations and labels of the address, beside those of the charts', () => {
  const { annotations, labels: all } = ingressOf(wholeIngress).metadata;
  expect(annotations).toEqual({
    'example.org/timeout': '120s',
    'cert-manager.io/cluster-issuer': 'letsencrypt',
    ...ignored,
  });
  expect(all).toEqual({ 'example.org/team': 'energy', ...labels(staging, nginx) });
});
