import { describe, expect, test } from '@jest/globals';
import { applicationName, argoCd, ofTheCluster } from '../../charts/argo-cd.ts';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import { delivery } from '../../environments/delivery.ts';
import type { Environment } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';
import type { ApplicationSpec } from '../../imports/application-argoproj.io.ts';
import type { AppProjectSpec } from '../../imports/appproject-argoproj.io.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import { manifests, manifestsWithMigration, pods } from '../lib/manifests.ts';

interface Made {
  readonly kind: 'AppProject' | 'Application';
  readonly metadata: Manifest['metadata'] & { readonly finalizers?: unknown };
  readonly spec: unknown;
}

const made: readonly Made[] = argoCd('unused').charts.flatMap((chart) => chart.toJson());
const names = Object.keys(environments) as EnvironmentName[];
const environmentOf = (name: EnvironmentName): Environment => environments[name];
const delivered = names.flatMap((name) => {
  const environment = environmentOf(name);
  return environment.kind === 'dev' ? [] : [{ name, environment }];
});
const server = 'https://kubernetes.default.svc';

/** As the API server gets it. */
type Written<Spec> = Omit<Spec, 'source'> & { readonly source: unknown };

function applicationOf(name: EnvironmentName): Made & { readonly spec: Written<ApplicationSpec> } {
  const found = made.find(({ metadata }) => metadata.name === applicationName(name));
  return found as Made & { readonly spec: Written<ApplicationSpec> };
}

test('the files are the project, and an Application for each environment but those of kind dev', () => {
  expect(argoCd('unused').charts.map(({ node }) => node.id)).toEqual([
    '00-project',
    ...delivered.map(({ name }) => `10-${name}`),
  ]);
  expect(made.map(({ kind }) => kind)).toEqual(['AppProject', ...delivered.map(() => 'Application')]);
  for (const { metadata } of made) expect(metadata.namespace).toBe(delivery.argoCdNamespace);
});

test('the project has the name by which the Applications are in it', () => {
  const project = made.find(({ kind }) => kind === 'AppProject');
  for (const { name } of delivered) expect(applicationOf(name).spec.project).toBe(project?.metadata.name);
});

describe.each(delivered)('the Application of $name', ({ name, environment }) => {
  const { metadata, spec } = applicationOf(name);

  test('brings its folder of dist/ into its namespace', () => {
    const { repository, revision } = delivery;
    expect(spec).toMatchObject({
      project: 'coped',
      source: { repoURL: repository, targetRevision: revision, path: manifestsFolder(name) },
      destination: { server, namespace: environment.namespace },
    });
  });

  test('is the name of nothing that runs there: with tracking by label Argo CD would prune the state of Patroni', () => {
    const instances = manifestsWithMigration(environment).flatMap((manifest) => [
      ...JSON.stringify(manifest).matchAll(/"app\.kubernetes\.io\/instance":"([^"]*)"/g),
    ]);
    expect(new Set(instances.map(([, value]) => value))).toEqual(new Set([environment.namespace]));
    expect(names.map((each) => environmentOf(each).namespace)).not.toContain(metadata.name);
  });

  test('is deleted without what it has made', () => expect(metadata).not.toHaveProperty('finalizers'));

  test('applies by the API server, and has Argo CD compare, which forgets a failed comparison by the API server', () => {
    expect(metadata).not.toHaveProperty('annotations');
    expect(spec.syncPolicy?.syncOptions).toEqual(['ServerSideApply=true']);
  });

  test('follows each commit by itself, unless a person decides when production changes', () => {
    const isProduction = environment.kind === 'production';
    expect(spec.syncPolicy?.automated).toEqual(isProduction ? undefined : { prune: true, selfHeal: true });
    expect(spec.syncPolicy?.retry).toEqual(
      isProduction
        ? undefined
        : { limit: -1, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '1m' } },
    );
  });

  test('names the command that a person has to give after a sync', () => {
    expect(JSON.stringify(spec.info ?? [])).toEqual(
      environment.migrations === 'by-command' ? expect.stringContaining(`npm run migrate -- ${name}:`) : '[]',
    );
  });

  test('has objects of its own namespace only, besides that', () => {
    for (const { kind, metadata } of manifests(environment))
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace).toBe(environment.namespace);
  });

  test('waits for nothing within a sync, so that the next commit can mend this one', () => {
    const annotations = manifests(environment).flatMap(({ metadata }) =>
      Object.keys(metadata.annotations ?? {}),
    );
    expect(annotations.filter((key) => /argoproj\.io\/(hook|sync-wave)/.test(key))).toEqual([]);
  });

  test('has no Job that goes away by itself, which would be made anew for ever', () => {
    const jobs = manifests(environment).filter(({ kind }) => kind === 'Job');
    expect(jobs).not.toEqual([]);
    for (const { spec } of jobs) expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
  });
});

describe('the project', () => {
  const spec = made.find(({ kind }) => kind === 'AppProject')?.spec as AppProjectSpec;

  test('allows this repository only, and the namespaces of these environments', () => {
    expect(spec.sourceRepos).toEqual([delivery.repository]);
    expect(spec.destinations).toEqual(
      delivered.map(({ environment: { namespace } }) => ({ server, namespace })),
    );
  });

  test('allows the kinds that the manifests have, those that these make, and no other', () => {
    const kinds = delivered
      .flatMap(({ environment }) => manifests(environment))
      .map(({ apiVersion, kind }) => `${apiVersion.replace(/\/?v1$/, '')} ${kind}`)
      .filter((kind) => kind !== ' Namespace');
    const allowed = (spec.namespaceResourceWhitelist ?? []).map(({ group, kind }) => `${group} ${kind}`);
    expect(allowed.toSorted()).toEqual([...new Set([...kinds, ' Pod', 'apps ReplicaSet'])].sort());
    expect(allowed).not.toContain(' Secret');
  });

  test('allows nothing of the whole cluster but those namespaces', () => {
    expect(spec.clusterResourceWhitelist).toEqual(
      delivered.map(({ environment: { namespace } }) => ({ group: '', kind: 'Namespace', name: namespace })),
    );
  });

  test('allows nothing of the whole cluster where somebody else makes the namespace', () => {
    expect(ofTheCluster([{ ...production, cluster: { createsNamespace: false } }])).toEqual([]);
  });

  test('warns of objects that are in no manifest, but not of those that Patroni, the commands and a person make', () => {
    const all = delivered.flatMap(({ environment }) => manifests(environment));
    const applied = all.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    // The certificate authorities of object stores.
    const mounted = delivered
      .flatMap(({ environment }) => pods(environment).flatMap(({ pod }) => pod.volumes))
      .flatMap(({ configMap, projected }) => [
        configMap?.name ?? [],
        ...(projected?.sources ?? []).map((source) => source.configMap?.name ?? []),
      ])
      .flat()
      .filter((name) => !applied.includes(name));
    const { warn, ignore = [] } = spec.orphanedResources ?? {};
    expect(warn).toBe(true);
    expect(ignore.map(({ group, kind, name }) => `${group}/${kind} ${name}`)).toEqual([
      '/ConfigMap postgres-config',
      '/ConfigMap postgres-leader',
      '/ConfigMap postgres-sync',
      '/ConfigMap postgres-failover',
      '/ConfigMap postgres-restore',
      ...[...new Set(mounted)].map((name) => `/ConfigMap ${name}`),
      'batch/Job migrate-*',
      'batch/Job reindex-*',
      'batch/Job postgres-restore-*',
    ]);
  });
});
