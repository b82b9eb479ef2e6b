import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { credentials, credentialsOf } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { ExternalSecretSpec } from '../../imports/externalsecret-external-secrets.io.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { madeByCharts } from '../../tools/cluster/manifests.ts';
import { provideSecrets } from '../../tools/credentials/secrets.ts';
import { isRecord } from '../../tools/diff/objects.ts';
import { root } from '../../tools/terminal/programs.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import {
  containersOf,
  externalProduction,
  externalStaging,
  manifests,
  pods,
  variants,
} from '../lib/manifests.ts';

/** As the API server gets it. */
interface Made {
  readonly metadata: Manifest['metadata'];
  readonly spec: Required<Pick<ExternalSecretSpec, 'data' | 'target' | 'secretStoreRef' | 'refreshPolicy'>>;
}

/** The ExternalSecrets of an environment. */
function made(environment: AnyEnvironment): Made[] {
  return manifests(environment).filter(({ kind }) => kind === 'ExternalSecret') as unknown as Made[];
}

/** The keys of Secrets that the operator makes, as `SECRET/KEY`. */
const keysOf = (all: readonly Made[]) =>
  all.flatMap(({ metadata, spec }) => spec.data.map(({ secretKey }) => `${metadata.name}/${secretKey}`));

/** The keys of Secrets that pods read, without those of certificates, which a Job makes. */
function readIn(environment: AnyEnvironment): string[] {
  const read = pods(environment).flatMap(({ pod }) => [
    ...pod.volumes.flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap(({ secret }) =>
        (secret?.items ?? []).map(({ key }) => `${secret?.name}/${key}`),
      ),
    ),
    ...containersOf(pod).flatMap(({ env }) =>
      (env ?? []).flatMap(({ valueFrom }) => {
        const reference = valueFrom?.secretKeyRef;
        return reference ? [`${reference.name}/${reference.key}`] : [];
      }),
    ),
  ]);
  return [...new Set(read)].filter((key) => !/-(tls|ca)\//.test(key)).sort();
}

interface Schema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const schema: Schema = JSON.parse(readFileSync(join(root, 'test/schemas/externalsecret.json'), 'utf8'));

/** The fields, below those that a value has, which it lacks and for which the schema has a default. */
function missingDefaults({ properties = {}, items }: Schema, value: unknown, path = ''): string[] {
  if (Array.isArray(value))
    return items ? value.flatMap((each, index) => missingDefaults(items, each, `${path}[${index}]`)) : [];
  if (!isRecord(value)) return [];
  return Object.entries(properties).flatMap(([name, inner]) => {
    if (value[name] !== undefined) return missingDefaults(inner, value[name], `${path}.${name}`);
    return inner.default === undefined ? [] : [`${path}.${name}`];
  });
}

/** Defaults of the versions of the operator before that of the schema. */
const addedByOlderOperators = {
  conversionStrategy: 'Default',
  decodingStrategy: 'None',
  metadataPolicy: 'None',
};

const external = variants.filter((environment) => environment.credentials === 'external');

test('there are such environments of both kinds', () => {
  expect(external.map(({ kind }) => kind).sort()).toEqual(['production', 'staging']);
});

test.each(variants.filter((environment) => environment.credentials !== 'external'))(
  'an environment whose credentials are in no store has none: $namespace at $address.kind address',
  (environment) => expect(made(environment)).toEqual([]),
);

describe.each(external)('$namespace', (environment) => {
  const all = made(environment);

  test('each key that a pod reads is in exactly one', () => {
    const keys = keysOf(all);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(expect.arrayContaining(readIn(environment)));
  });

  test('each makes one Secret of one key, for a credential that the environment needs', () => {
    const needed = credentialsOf(environment).map(
      (name) => `${credentials[name].secret}/${credentials[name].key}`,
    );
    expect(keysOf(all)).toEqual(needed);
    expect(new Set(all.map(({ metadata }) => metadata.name)).size).toBe(needed.length);
  });

  test('the commands find each as one of the objects that the charts make', () => {
    for (const { metadata } of all) expect(metadata.labels).toEqual(madeByCharts);
  });

  test('each refers to the store', () => {
    const { kind, name } = environment.secretStore ?? {};
    for (const { spec } of all) expect(spec.secretStoreRef).toEqual({ kind, name });
  });

  test('no Job makes a credential, and nothing is allowed for one', () => {
    const names = manifests(environment).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name.startsWith('create-credentials'))).toEqual([]);
  });

  test('a Secret outlives what made it, and Argo CD does not take it for an object of Git', () => {
    for (const { spec } of all) {
      expect(spec.target.creationPolicy).toBe('Orphan');
      expect(spec.target.deletionPolicy ?? 'Retain').toBe('Retain');
      // Where there is a template, labels and annotations of the object itself are not copied.
      expect(spec.target.template?.metadata).toEqual({ labels: { 'app.kubernetes.io/part-of': 'coped' } });
    }
  });

  test('each has all that the API server would add, which Argo CD would take for a difference', () => {
    expect(all.length).toBeGreaterThan(0);
    expect(all.flatMap((each) => missingDefaults(schema, each))).toEqual([]);
    for (const { spec } of all)
      for (const { remoteRef } of spec.data) expect(remoteRef).toMatchObject(addedByOlderOperators);
  });

  test('a value is copied when a person says so, and the passphrase of the backups once', () => {
    const policies = Object.fromEntries(all.map(({ metadata, spec }) => [metadata.name, spec.refreshPolicy]));
    const { 'backup-encryption': passphrase, ...others } = policies;
    expect(passphrase).toBe('CreatedOnce');
    expect(new Set(Object.values(others))).toEqual(new Set(['OnChange']));
  });

  test('each Secret is the one that npm run secrets would make', async () => {
    const applied: string[] = [];
    const cluster: Cluster = {
      context: 'test',
      kubectl: async (arguments_, options) => {
        if (options?.input !== undefined) applied.push(`${options.input}`);
        return arguments_[0] === 'get' ? '{"items":[]}' : '';
      },
    };
    const values = Object.fromEntries(credentialsOf(environment).map((name) => [name, `of ${name}`]));
    await provideSecrets(cluster, environment, values, false);
    const { items } = JSON.parse(applied.at(-1) ?? '') as {
      items: {
        metadata: { name: string; namespace: string; labels: object };
        type: string;
        data: object;
      }[];
    };
    expect(
      all.map(({ metadata: { name, namespace }, spec: { target, data } }) => ({
        name,
        namespace,
        labels: target.template?.metadata?.labels,
        type: target.template?.type,
        keys: data.map(({ secretKey }) => secretKey),
      })),
    ).toEqual(items.map(({ metadata, type, data }) => ({ ...metadata, type, keys: Object.keys(data) })));
  });
});

test('the store has the credentials in one entry, under the names of an env file', () => {
  const places = made(externalProduction).map(({ spec }) => spec.data[0]?.remoteRef);
  expect(places).toEqual(
    credentialsOf(externalProduction).map((property) => ({
      key: 'coped/production',
      property,
      ...addedByOlderOperators,
    })),
  );
});

test('or each in an entry of its own, under the name of its Secret', () => {
  const places = made(externalStaging).map(({ spec }) => spec.data[0]?.remoteRef);
  expect(places).toContainEqual({ key: 'coped-staging-backup-s3-key', ...addedByOlderOperators });
  expect(places).toEqual(
    credentialsOf(externalStaging).map((name) => ({
      key: `coped-staging-${credentials[name].secret}`,
      ...addedByOlderOperators,
    })),
  );
});
