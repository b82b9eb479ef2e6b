import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type AnySchemaObject } from 'ajv';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { clusters } from '../clusters/all.ts';
import { gatewayAddress } from '../lib/addresses.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import {
  allEnvironments,
  externalProduction,
  externalStaging,
  locally,
  manifestsWithMigration,
  withAddresses,
} from '../lib/manifests.ts';

/**
 * The OpenAPI schemas of Kubernetes 1.27, out of the package kubernetes-models, made strict: a field that Kubernetes
 * does not know is an error, as with `kubectl apply --validate=strict`.
 */
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const require = createRequire(import.meta.url);

/** Schema names by API version and kind, for the kinds that the charts use. */
const schemaNames: Readonly<Record<string, string>> = {
  'v1 Namespace': 'io.k8s.api.core.v1.Namespace',
  'v1 ServiceAccount': 'io.k8s.api.core.v1.ServiceAccount',
  'v1 ConfigMap': 'io.k8s.api.core.v1.ConfigMap',
  'v1 Service': 'io.k8s.api.core.v1.Service',
  'v1 PersistentVolume': 'io.k8s.api.core.v1.PersistentVolume',
  'v1 PersistentVolumeClaim': 'io.k8s.api.core.v1.PersistentVolumeClaim',
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'apps/v1 StatefulSet': 'io.k8s.api.apps.v1.StatefulSet',
  'batch/v1 Job': 'io.k8s.api.batch.v1.Job',
  'batch/v1 CronJob': 'io.k8s.api.batch.v1.CronJob',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'networking.k8s.io/v1 Ingress': 'io.k8s.api.networking.v1.Ingress',
  'rbac.authorization.k8s.io/v1 Role': 'io.k8s.api.rbac.v1.Role',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'io.k8s.api.rbac.v1.RoleBinding',
  'gateway.networking.k8s.io/v1 HTTPRoute': 'HTTPRoute',
  'external-secrets.io/v1 ExternalSecret': 'ExternalSecret',
};

interface Registry {
  register(id: string, schema: AnySchemaObject): void;
}

beforeAll(() => {
  // Each schema file registers itself and those that it refers to: they are caught on the way.
  const registry = require('@kubernetes-models/validate') as Registry;
  const schemas = new Map<string, AnySchemaObject>();
  const original = registry.register;
  registry.register = (id, schema) => schemas.set(id, schema);
  const folders = ['kubernetes-models', '@kubernetes-models/apimachinery'].map((name) =>
    join(dirname(require.resolve(`${name}/package.json`)), '_schemas'),
  );
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter(
      (name) => name.endsWith('.js') && !name.endsWith('List.js'),
    )) {
      const module_ = require(join(folder, file)) as { addSchema(): void };
      module_.addSchema();
    }
  }
  registry.register = original;
  for (const [id, schema] of schemas) ajv.addSchema(strict(schema), id);
  // Closed already: test/schemas/from-crd.ts has made them.
  for (const kind of ['HTTPRoute', 'ExternalSecret'])
    ajv.addSchema(require(`../schemas/${kind.toLowerCase()}.json`) as AnySchemaObject, kind);
});

/** The schema with every object closed. */
function strict(schema: AnySchemaObject): AnySchemaObject {
  return schema.properties && schema.additionalProperties === undefined
    ? { ...schema, additionalProperties: false }
    : schema;
}

function problems(manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>): string[] {
  const kind = `${manifest.apiVersion} ${manifest.kind}`;
  const name = schemaNames[kind];
  if (name === undefined) return [`no schema for ${kind}`];
  const validate = ajv.getSchema(`${name}#`);
  if (!validate) return [`schema ${name} was not found`];
  validate(manifest);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${kind} ${manifest.metadata.name}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

describe.each([
  ...allEnvironments,
  ...withAddresses,
  locally('staging'),
  locally('production'),
  ...Object.values<AnyEnvironment>(clusters),
  externalStaging,
  externalProduction,
])('$namespace at $address.kind address', (environment) => {
  test('every object has the fields and types that Kubernetes 1.27 or its own definition knows', () => {
    expect(manifestsWithMigration(environment).flatMap(problems)).toEqual([]);
  });
});

test('a misspelt field is found', () => {
  const [namespace] = manifestsWithMigration(allEnvironments[0] as (typeof allEnvironments)[number]);
  expect(problems({ ...namespace, metdata: {} } as unknown as Manifest)).toEqual([
    expect.stringContaining('metdata'),
  ]);
});

test('a misspelt field of a custom resource is found', () => {
  const spec = { parentRefs: [{ nam: gatewayAddress.gateway.name }] };
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'x' },
    spec,
  };
  expect(problems(route)).toContainEqual(expect.stringContaining('"nam"'));
});

test('a misspelt field deep in a pod is found', () => {
  const containers = [{ name: 'x', imagePullPolice: 'Always' }];
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: { selector: {}, template: { spec: { containers } } },
  };
  expect(problems(deployment)).toContainEqual(expect.stringContaining('imagePullPolice'));
});

test('a field of an ExternalSecret that the operator does not know is found, and a word that it does not', () => {
  const [secret] = manifestsWithMigration(externalProduction).filter(({ kind }) => kind === 'ExternalSecret');
  const data = [{ secretKey: 'password', remoteRef: { key: 'x', properti: 'y' } }];
  const spec = { ...secret?.spec, data, refreshPolicy: 'Sometimes' };
  expect(problems({ ...secret, spec } as unknown as Manifest)).toEqual([
    expect.stringContaining('properti'),
    expect.stringContaining('OnChange'),
  ]);
});
