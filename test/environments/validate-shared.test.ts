import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { SecretStore } from '../../environments/secret-store.ts';
import { validate } from '../../environments/validate.ts';
import { small } from '../lib/applications.ts';
import { externalProduction, externalStaging } from '../lib/manifests.ts';
import { changed } from '../lib/refusals.ts';

const { staging, production } = environments;

describe('two environments do not share', () => {
  // Uploads in buckets have one for each kind of environment.
  const ours = Object.fromEntries(
    Object.entries(environments).map(([name, each]) => [name, { ...each, application: small }]),
  );
  const another = {
    ...staging,
    namespace: 'coped-another',
    address: { ...staging.address, host: 'another.example.org' },
    localAddress: { kind: 'local', port: 2000, nodePort: 32000 },
    application: small,
  } as const;
  const beside = (path: string, value: unknown) =>
    validate({ ...ours, another: changed(another, path, value) });

  test('anything, when each has its own', () => {
    expect(validate({ ...ours, another })).toEqual([]);
    // A port of this machine and one of the node may have the same number.
    expect(beside('localAddress.port', staging.localAddress.nodePort)).toEqual([]);
  });

  test.each([
    ['namespace', 'coped-staging', 'staging'],
    ['address.host', production.address.host, 'production'],
    ['localAddress.port', 1337, 'production'],
    ['localAddress.port', 8000, 'dev'],
    ['localAddress.nodePort', 31338, 'staging'],
  ])('%s: %j', (path, value, other) => {
    expect(beside(path, value)).toEqual([
      `environments/another.ts: ${path} is ${JSON.stringify(value)}, as in environments/${other}.ts, expected another one`,
    ]);
  });
});

test.each<[SecretStore | undefined, SecretStore['keys'], string]>([
  [externalProduction.secretStore, { entry: 'another' }, 'entry is "coped/production"'],
  [externalStaging.secretStore, { prefix: 'another-' }, 'prefix is "coped-staging-"'],
])('two environments do not share the secrets of a store: %#', (store, keys, said) => {
  if (store === undefined) throw new Error('no store');
  const beside = (secretStore: SecretStore) =>
    validate({
      production: changed(externalProduction, 'secretStore', store),
      staging: changed(externalStaging, 'secretStore', secretStore),
    });
  expect(beside(store)).toEqual([
    `environments/staging.ts: secretStore.keys.${said}, as in environments/production.ts, expected another one`,
  ]);
  const kind = store.kind === 'SecretStore' ? 'ClusterSecretStore' : 'SecretStore';
  for (const differs of [{ kind }, { name: 'another' }, { keys }] as const)
    expect(beside({ ...store, ...differs })).toEqual([]);
});
