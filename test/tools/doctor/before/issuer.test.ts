import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../../environments/all.ts';
import { foundBefore, groups, published } from '../../../lib/before.ts';
import { bad } from '../../../lib/doctor.ts';

describe('issuer', () => {
  const issued = (kind: 'ClusterIssuer' | 'Issuer') => ({
    ...published,
    address: {
      ...environments.production.address,
      tls: { secretName: 'coped-tls', issuer: { kind, name: 'ours' } },
    },
  });
  const ready = JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  const known = { 'get --raw /apis': groups('cert-manager.io') };
  const question = {
    ClusterIssuer: 'get clusterissuers.cert-manager.io ours --ignore',
    Issuer: 'get issuers.cert-manager.io ours --namespace coped-production',
  };
  const look = (kind: 'ClusterIssuer' | 'Issuer', answers: Parameters<typeof foundBefore>[1]) =>
    foundBefore('issuer', answers, issued(kind) as typeof published);

  test.each(['ClusterIssuer', 'Issuer'] as const)('a %s that is ready', async (kind) => {
    expect(await look(kind, { ...known, [question[kind]]: ready })).toEqual({
      level: 'good',
      detail: `the ${kind} ours is ready`,
    });
  });

  test.each(['ClusterIssuer', 'Issuer'] as const)('a %s that there is not', async (kind) => {
    expect(await look(kind, { ...known, [question[kind]]: '' })).toEqual(
      bad(`there is no ${kind} ours`, 'environments/production.ts, address.tls.issuer'),
    );
  });

  test('one that is not ready', async () => {
    expect(await look('Issuer', { ...known, [question.Issuer]: '{}' })).toEqual(
      bad(
        'is not ready',
        'kubectl --context test describe issuers.cert-manager.io ours --namespace coped-production',
      ),
    );
  });

  test('no cert-manager', async () => {
    expect(await look('ClusterIssuer', {})).toEqual(
      bad('has no cert-manager.io', 'install cert-manager, or take issuer out of environments/production.ts'),
    );
  });

  test('is asked for instead of the certificate, which it makes', async () => {
    await expect(foundBefore('site certificate', {}, issued('Issuer') as typeof published)).rejects.toThrow(
      'no check "site certificate"',
    );
    await expect(foundBefore('issuer')).rejects.toThrow('no check "issuer"');
  });
});
