import { describe, expect, test } from '@jest/globals';
import { labels } from '../../charts/lib/workload.ts';
import { nginx } from '../../charts/workloads/nginx.ts';
import { objects, variants } from '../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const { address } = environment;

  test('there is an Ingress where the address is one, and only there', () => {
    expect(objects(environment, 'Ingress').map(({ metadata }) => metadata)).toEqual(
      address.kind === 'ingress'
        ? [
            expect.objectContaining({
              name: 'coped',
              namespace: environment.namespace,
              labels: labels(environment, nginx),
            }),
          ]
        : [],
    );
  });

  test("it leads every path of the site's own host to nginx, by TLS with the certificate of that host", () => {
    for (const { spec } of objects(environment, 'Ingress')) {
      if (address.kind !== 'ingress') throw new Error('there is none');
      expect(spec).toEqual({
        ingressClassName: address.className,
        tls: [{ hosts: [address.host], secretName: address.tlsSecretName }],
        rules: [
          {
            host: address.host,
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'nginx', port: { name: 'http' } } },
                },
              ],
            },
          },
        ],
      });
    }
  });

  test('it depends on the annotations of no one controller, and Argo CD does not wait for its address', () => {
    for (const { metadata } of objects(environment, 'Ingress'))
      expect(metadata.annotations).toEqual({ 'argocd.argoproj.io/ignore-healthcheck': 'true' });
  });
});
