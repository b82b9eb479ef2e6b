import { describe, expect, test } from '@jest/globals';
import { migrationJob, reindexJob } from '../../charts/jobs-by-command.ts';
import { labels } from '../../charts/lib/workload.ts';
import { migrate } from '../../charts/workloads/migrate.ts';
import { small } from '../lib/applications.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import { manifests, variants } from '../lib/manifests.ts';

const { searchIndex } = small;

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const migration = () => migrationJob(environment);
  const reindex = (forced: boolean) =>
    reindexJob(environment, forced ? searchIndex.rebuildForced : searchIndex.rebuild);
  const manifest = (job: { readonly manifest: object }) => job.manifest as Manifest;

  test('a Job by itself has the name, the namespace and the labels that it would have in a deployment', () => {
    for (const [name, job] of [
      ['migrate', migration()],
      ['reindex', reindex(false)],
    ] as const) {
      expect(job.name).toMatch(new RegExp(`^${name}-[0-9a-f]{10}$`));
      expect(manifest(job).metadata).toEqual({
        name: job.name,
        namespace: environment.namespace,
        labels: labels(environment, migrate),
      });
      expect(manifest(job).spec?.template?.spec.serviceAccountName).toBe('migrate');
    }
  });

  test('the migration that a command runs is the one of the deployment, where there is one', () => {
    const deployed = manifests(environment).filter(
      ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('migrate-'),
    );
    expect(deployed).toEqual(environment.migrations === 'job' ? [migration().manifest] : []);
  });

  test('a command that somebody waits for ends in failure, without tries that have no end', () => {
    const limit = (job: { readonly manifest: object }) =>
      (job.manifest as { readonly spec: { readonly backoffLimit: number } }).spec.backoffLimit;
    expect(limit(migration())).toBe(environment.migrations === 'job' ? 2 ** 31 - 1 : 3);
    expect(limit(reindex(false))).toBe(3);
  });

  test('an index is rebuilt without a migration, from nothing only when that is asked for', () => {
    const commands = (forced: boolean) => {
      const pod = manifest(reindex(forced)).spec?.template?.spec;
      expect(pod?.initContainers).toBeUndefined();
      return pod?.containers.map(({ command }) => command?.slice(2));
    };
    expect(commands(false)).toEqual([['rebuild_index', '--wait', '600']]);
    expect(commands(true)).toEqual([['rebuild_index', '--wait', '600', '--force']]);
  });
});
