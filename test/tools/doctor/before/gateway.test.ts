import { describe, expect, test } from '@jest/globals';
import { gatewayAddress } from '../../../lib/addresses.ts';
import { foundBefore, groups, items, pod, published } from '../../../lib/before.ts';
import { bad } from '../../../lib/doctor.ts';

describe('Gateway', () => {
  const environment = { ...published, address: gatewayAddress } as typeof published;
  const listener = (name: string, from?: string) => ({
    name,
    ...(from && { allowedRoutes: { namespaces: { from } } }),
  });
  const programmed = { conditions: [{ type: 'Programmed', status: 'True' }] };
  const gatewayWith = (listeners: readonly object[], status: object = programmed) => ({
    'get --raw /apis': groups('gateway.networking.k8s.io'),
    'get gateways.gateway.networking.k8s.io public --namespace gateways': JSON.stringify({
      spec: { listeners },
      status,
    }),
  });
  const look = (answers: Parameters<typeof foundBefore>[1], where = environment) =>
    foundBefore('Gateway', answers, where);

  test('that works, and admits routes', async () => {
    expect(await look(gatewayWith([listener('http'), listener('https', 'All')]))).toEqual({
      level: 'good',
      detail: 'gateways/public works, and https may admit routes of coped-production',
    });
  });

  test('in the namespace of the environment, which needs no permission', async () => {
    const address = {
      ...gatewayAddress,
      gateway: { name: 'public', namespace: 'coped-production' },
    };
    const answers = {
      ...gatewayWith([]),
      'get gateways.gateway.networking.k8s.io public --namespace coped-production': JSON.stringify({
        spec: { listeners: [listener('http'), listener('closed', 'None')] },
        status: programmed,
      }),
    };
    expect(await look(answers, { ...published, address } as typeof published)).toMatchObject({
      level: 'good',
      detail: expect.stringContaining('and http may admit'),
    });
  });

  test('that nobody could make', async () => {
    expect(await look({ 'get --raw /apis': groups() })).toEqual(
      bad('has no gateway.networking.k8s.io, so an HTTPRoute cannot be applied', 'install the Gateway API'),
    );
  });

  test('that there is not', async () => {
    const question = 'get gateways.gateway.networking.k8s.io';
    expect(await look({ ...gatewayWith([]), [`${question} public --namespace gateways`]: '' })).toEqual(
      bad('there is no Gateway gateways/public', 'environments/production.ts, address.gateway'),
    );
  });

  test('without the listener', async () => {
    expect(await look(gatewayWith([listener('http', 'All'), listener('tls', 'All')]))).toEqual(
      bad('has no listener https; it has: http, tls', 'address.gateway.sectionName'),
    );
  });

  test.each([undefined, 'Same', 'None'])('whose listener admits routes from: %s', async (from) => {
    expect(await look(gatewayWith([listener('http', 'All'), listener('https', from)]))).toEqual(
      bad(
        'no listener of the Gateway gateways/public admits routes of coped-production: https',
        'allowedRoutes',
      ),
    );
  });

  test('that does not work', async () => {
    expect(await look(gatewayWith([listener('https', 'Selector')], {}))).toEqual(
      bad('not Programmed', 'kubectl --context test describe gateway --namespace gateways public'),
    );
  });

  test('has no class and no certificate here, and pods from which requests come', async () => {
    const answers = { 'get pods --namespace gateways': items(pod('one')) };
    expect(await foundBefore('pods of the Gateway', answers, environment)).toMatchObject({ level: 'good' });
    for (const title of ['Ingress class', 'site certificate', 'issuer'])
      await expect(foundBefore(title, {}, environment)).rejects.toThrow(`no check "${title}"`);
  });
});
