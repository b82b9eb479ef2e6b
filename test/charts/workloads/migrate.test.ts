import { describe, expect, test } from '@jest/globals';
import { migrationJob } from '../../../charts/jobs-by-command.ts';
import { migrate } from '../../../charts/workloads/migrate.ts';
import { type Manifest, manifests, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('migrations are part of a deployment only where the environment says so', () => {
    const jobs = manifests(environment).filter(
      ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('migrate-'),
    );
    expect(jobs).toHaveLength(environment.migrations === 'job' ? 1 : 0);
  });

  test('the schema comes before the index, once Postgres answers', () => {
    const { spec } = migrationJob(environment).manifest as Manifest;
    const names = (containers: readonly { readonly name: string }[] | undefined) =>
      containers?.map(({ name }) => name);
    expect(names(spec?.template?.spec.initContainers)).toEqual(['wait-for-postgres', 'migrate']);
    expect(names(spec?.template?.spec.containers)).toEqual(['rebuild-index']);
  });
});

test('it is of the web tier', () => {
  expect(migrate.tier).toBe('web');
});
