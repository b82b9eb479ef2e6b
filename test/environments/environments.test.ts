import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import type { Application } from '../../environments/contract.ts';
import type { Environment } from '../../environments/environment.ts';
import { root } from '../../tools/terminal/programs.ts';
import { small } from '../lib/applications.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import { containersOf, locally, manifests, pods } from '../lib/manifests.ts';

interface Kind {
  readonly nodes: readonly {
    readonly extraPortMappings: readonly {
      readonly hostPort: number;
      readonly containerPort: number;
      readonly listenAddress: string;
    }[];
    readonly extraMounts: readonly { readonly containerPath: string; readonly readOnly: boolean }[];
  }[];
}
const kind = (load(readFileSync(join(root, 'kind.yaml'), 'utf8')) as Kind).nodes;
/** Every environment, by the type that they share. */
const environmentOf = (name: EnvironmentName): Environment => environments[name];
const names = Object.keys(environments) as EnvironmentName[];
const mebibytes = (quantity: string) => Number(quantity.replace('Mi', ''));

const mappings = kind.flatMap(({ extraPortMappings }) => extraPortMappings);

test.each(names)('kind.yaml maps the local port of %s', (name) => {
  const environment = environmentOf(name);
  const { port, nodePort } = 'localAddress' in environment ? environment.localAddress : environment.address;
  expect(mappings).toContainEqual({ hostPort: port, containerPort: nodePort, listenAddress: '127.0.0.1' });
});

test('kind.yaml maps each port once, to this machine only', () => {
  expect(mappings.filter(({ listenAddress }) => listenAddress !== '127.0.0.1')).toEqual([]);
  expect(new Set(mappings.map(({ hostPort }) => hostPort)).size).toBe(mappings.length);
  expect(new Set(mappings.map(({ containerPort }) => containerPort)).size).toBe(mappings.length);
});

test('kind.yaml mounts the source where environments with live editing expect it, read-only', () => {
  const expected = names.flatMap((name) => environmentOf(name).liveEdit?.nodePath ?? []);
  expect(expected).not.toEqual([]);
  for (const containerPath of expected)
    expect(kind.flatMap(({ extraMounts }) => extraMounts)).toContainEqual(
      expect.objectContaining({ containerPath, readOnly: true }),
    );
});

test('all of dev fits into 4 GiB', () => {
  const peaks = pods(environments.dev).map(({ pod }) => {
    const memory = (containers: typeof pod.containers) =>
      containers.map(({ resources }) => mebibytes(resources.limits.memory));
    const sum = memory(pod.containers).reduce((total, next) => total + next, 0);
    return Math.max(sum, ...memory(pod.initContainers ?? []));
  });
  expect(peaks.reduce((total, next) => total + next, 0)).toBeLessThanOrEqual(4096);
});

const deployed = names.flatMap((name) => {
  const environment = environmentOf(name);
  return environment.kind === 'dev' ? [] : [{ name, environment }];
});

describe.each(deployed)('$name', ({ name: environmentName, environment }) => {
  const all = manifests(environment);

  test('names every image by its digest', () => {
    for (const { pod } of pods(environment)) {
      for (const { image } of containersOf(pod)) expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
    }
  });

  test('has DEBUG off and answers its own host only', () => {
    const settings = pods(environment)
      .flatMap(({ pod }) => containersOf(pod))
      .flatMap(({ env }) => env ?? []);
    expect(new Set(settings.filter(({ name }) => name === 'DEBUG').map(({ value }) => value))).toEqual(
      new Set(['0']),
    );
    expect(
      new Set(settings.filter(({ name }) => name === 'DJANGO_ALLOWED_HOSTS').map(({ value }) => value)),
    ).toEqual(new Set([environment.address.host]));
  });

  test('has an Ingress with TLS, and no NodePort', () => {
    const ingresses = all.filter((manifest) => manifest.kind === 'Ingress');
    const { host } = environment.address;
    expect(ingresses.map(({ spec }) => [spec?.tls, spec?.rules?.map((rule) => rule.host)])).toEqual([
      [[{ hosts: [host], secretName: 'coped-tls' }], [host]],
    ]);
    expect(JSON.stringify(all)).not.toContain('NodePort');
  });

  test('runs on the local cluster as dist/ describes it, but for image references, the address and watermarks', () => {
    const hidden = (manifest: Manifest): unknown =>
      JSON.parse(
        JSON.stringify(manifest)
          .replaceAll(/"image":"[^"]*"/g, '"image":"…"')
          .replaceAll(/-[0-9a-f]{10}"/g, '-hash"')
          .replaceAll(/(disk\.threshold_enabled: |configuration-hash":")\w+/g, '$1…')
          .replaceAll(JSON.stringify(environment.address.host), '"…"')
          .replaceAll('"localhost 127.0.0.1"', '"…"')
          .replaceAll('"localhost"', '"…"')
          .replaceAll(`https://${environment.address.host}`, 'URL')
          .replaceAll(`http://localhost:${environment.localAddress.port}`, 'URL'),
      );
    // A trial keeps uploads on a volume of its own, and reaches no relay of mail.
    const application: Application = { ...environment.application, mail: undefined, media: undefined };
    const differs = ({ kind: of, metadata }: Manifest) =>
      of === 'Ingress' || (metadata.name === 'nginx' && (of === 'Service' || of === 'NetworkPolicy'));
    const dist = manifests({ ...environment, application });
    const local = manifests({ ...locally(environmentName, environment.backups.objectStore), application });
    expect(local.filter((manifest) => !differs(manifest)).map(hidden)).toEqual(
      dist.filter((manifest) => !differs(manifest)).map(hidden),
    );
  });
});

test('production and staging make the same kinds of objects, but for what makes credentials and migrates', () => {
  const names = (all: readonly Manifest[]) =>
    all
      .filter(({ kind: of }) => of !== 'Namespace')
      .map(({ kind: of, metadata }) => `${of} ${metadata.name.replace(/-[0-9a-f]{10}$/, '')}`);
  // Another application may have its mail caught in staging.
  const of = (environment: Environment) => names(manifests({ ...environment, application: small }));
  const production = of(environments.production);
  expect(of(environments.staging).filter((name) => !production.includes(name))).toEqual([
    'NetworkPolicy create-credentials',
    'ServiceAccount create-credentials',
    'Role create-credentials',
    'RoleBinding create-credentials',
    'Job create-credentials',
    'Job migrate',
  ]);
});

test('dev is dist/ itself, and each other environment a folder in it, which kubectl does not look into', () => {
  const folders = names.map((name) => manifestsFolder(name));
  expect(folders.filter((folder) => folder === 'dist')).toHaveLength(1);
  expect(manifestsFolder('dev', 'x')).toBe('x');
  for (const name of names.filter((each) => each !== 'dev')) {
    expect(manifestsFolder(name)).toBe(`dist/${name}`);
    expect(manifestsFolder(name, 'x')).toBe(`x/${name}`);
  }
});
