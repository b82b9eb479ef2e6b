import { describe, expect, test } from '@jest/globals';
import { labels } from '../../charts/lib/workload.ts';
import { nginx } from '../../charts/workloads/nginx.ts';
import type { GatewayAddress } from '../../environments/address.ts';
import { production } from '../../environments/production.ts';
import { gatewayAddress } from '../lib/addresses.ts';
import { manifests, object, variants } from '../lib/manifests.ts';

const routesOf = (environment: Parameters<typeof manifests>[0]) =>
  manifests(environment).filter(({ kind }) => kind === 'HTTPRoute');

test.each(variants)('$namespace at $address.kind address has one behind a Gateway only', (environment) => {
  expect(routesOf(environment)).toHaveLength(environment.address.kind === 'gateway' ? 1 : 0);
});

describe('behind a Gateway', () => {
  const environment = { ...production, address: gatewayAddress };

  test('every path of every host leads to nginx, with all that the API server would add', () => {
    expect(routesOf(environment).map(({ spec }) => spec)).toEqual([
      {
        parentRefs: [
          {
            group: 'gateway.networking.k8s.io',
            kind: 'Gateway',
            name: 'public',
            namespace: 'gateways',
            sectionName: 'https',
          },
        ],
        hostnames: ['gateway.example.org', 'www.gateway.example.org'],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ group: '', kind: 'Service', name: 'nginx', port: 80, weight: 1 }],
          },
        ],
      },
    ]);
  });

  test('its port is that of the Service', () => {
    expect(object(environment, 'Service', 'nginx').spec?.ports).toEqual([
      expect.objectContaining({ port: 80 }),
    ]);
  });

  test('it has the annotations and labels of the address, beside those of nginx', () => {
    expect(routesOf(environment).map(({ metadata }) => metadata)).toEqual([
      {
        name: 'coped',
        namespace: 'coped-production',
        annotations: { 'example.org/timeout': '120s' },
        labels: { 'example.org/team': 'energy', ...labels(environment, nginx) },
      },
    ]);
  });

  test('without more, it is of every listener of the Gateway', () => {
    const { name, namespace } = gatewayAddress.gateway;
    const { annotations: _, ...plain } = gatewayAddress;
    const address: GatewayAddress = { ...plain, gateway: { name, namespace } };
    const [route] = routesOf({ ...production, address });
    expect(route?.metadata).not.toHaveProperty('annotations');
    expect(route?.spec).toMatchObject({
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name, namespace }],
    });
    expect(JSON.stringify(route)).not.toContain('sectionName');
  });
});
