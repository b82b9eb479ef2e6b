import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { validate } from '../../environments/validate.ts';
import { endedBefore, gatewayAddress, wholeIngress } from '../lib/addresses.ts';
import { changed, name, namespace, problems, shown } from '../lib/refusals.ts';

const { staging, production } = environments;

describe('what only some addresses have', () => {
  const whole = { ...staging, address: wholeIngress };
  const gateway = { ...staging, address: gatewayAddress };
  const labels =
    'labels: keys such as team or example.org/team, not below app.kubernetes.io or coped, with values of at most 63 letters, digits, ., - and _';
  const annotations =
    'annotations: keys such as example.org/timeout with a text each, without those that the charts set (an issuer is address.tls.issuer)';
  const hosts = 'host names (RFC 1123) in lower case, such as www.coped.example.org, at least one, each once';

  test('is all well', () => {
    expect(problems(whole)).toEqual([]);
    expect(problems(gateway)).toEqual([]);
    expect(problems({ ...staging, address: endedBefore })).toEqual([]);
  });

  test.each<[path: string, expected: string, bad: readonly unknown[], good: readonly unknown[]]>([
    [
      'address.otherHosts',
      hosts,
      [[], [''], ['10.0.0.1'], ['a.org', 'a.org'], 'a.org'],
      [['a.org', 'b.org']],
    ],
    ['address.tls.issuer.name', name, ['', 'A'], ['letsencrypt']],
    [
      'address.annotations',
      annotations,
      [
        [],
        {},
        { 'a b': 'c' },
        { 'a/b/c': 'd' },
        { a: 1 },
        { 'cert-manager.io/issuer': 'a' },
        { 'cert-manager.io/cluster-issuer': 'a' },
        { 'argocd.argoproj.io/ignore-healthcheck': 'false' },
        { a: 'b', 'cert-manager.io/issuer': 'c' },
        { a: 'b', c: 1 },
      ],
      [
        { a: '', 'example.org/b': 'c d\n' },
        { 'acme.cert-manager.io/http01-edit-in-place': 'true', 'cert-manager.io/issuer-kind': 'Vault' },
        { 'own.cert-manager.io/issuer': 'a' },
      ],
    ],
    [
      'address.labels',
      labels,
      [
        {},
        { 'app.kubernetes.io/name': 'a' },
        { 'coped/role': 'a' },
        { a: 'b', 'coped/role': 'c' },
        { a: 'b c' },
        { a: 'b'.repeat(64) },
        { a: 1 },
      ],
      [{ a: 'b' }, { 'my-coped/role': 'a' }],
    ],
    [
      'address.service.annotations',
      annotations,
      [{ '-': 'a' }],
      [{ 'cloud.example.org/neg': '{"ingress":true}' }],
    ],
    ['address.service.labels', labels, [{ 'app.kubernetes.io/instance': 'a' }], [{ a: '' }]],
  ])('%s', (path, expected, bad, good) => {
    for (const value of bad)
      expect(problems(changed(whole, path, value))).toEqual([
        `environments/staging.ts: ${path} is ${shown(value)}, expected ${expected}`,
      ]);
    for (const value of good) expect(problems(changed(whole, path, value))).toEqual([]);
  });

  test.each<[path: string, expected: string, bad: readonly unknown[], good: readonly unknown[]]>([
    ['address.gateway.name', name, ['', 'A'], ['public']],
    ['address.gateway.namespace', namespace, ['', 'a.b'], ['gateways']],
    ['address.gateway.sectionName', name, ['', 'https/'], ['https']],
  ])('%s', (path, expected, bad, good) => {
    for (const value of bad)
      expect(problems(changed(gateway, path, value))).toEqual([
        `environments/staging.ts: ${path} is ${shown(value)}, expected ${expected}`,
      ]);
    for (const value of good) expect(problems(changed(gateway, path, value))).toEqual([]);
  });

  test('a host that is there twice', () => {
    expect(problems(changed(whole, 'address.otherHosts', ['a.org', wholeIngress.host]))).toEqual([
      'environments/staging.ts: address.otherHosts has "whole.example.org", which is address.host, expected other names only',
    ]);
  });

  test('a host of another environment', () => {
    const shared = changed(whole, 'address.otherHosts', ['a.org', production.address.host]);
    expect(validate({ production, staging: shared })).toEqual([
      'environments/staging.ts: address.otherHosts is "coped.example.org", as in environments/production.ts, expected another one',
    ]);
  });
});
