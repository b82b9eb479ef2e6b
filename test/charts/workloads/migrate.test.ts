import { describe, expect, test } from '@jest/globals';
import { migrationJob } from '../../../charts/jobs-by-command.ts';
import { postgresRoles } from '../../../charts/lib/users.ts';
import { migrate } from '../../../charts/workloads/migrate.ts';
import { production } from '../../../environments/production.ts';
import { small } from '../../lib/applications.ts';
import type { Manifest } from '../../lib/manifest-types.ts';
import { manifests, migrationSteps, variants } from '../../lib/manifests.ts';

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
    const steps = [
      ...migrationSteps(environment),
      ...(environment.application.searchIndex ? ['rebuild-index'] : []),
    ];
    expect(names(spec?.template?.spec.initContainers)).toEqual(['wait-for-postgres', ...steps.slice(0, -1)]);
    expect(names(spec?.template?.spec.containers)).toEqual(steps.slice(-1));
  });
});

test('what the application adds to a migration is done in its order, with the rights to change the schema', () => {
  const migrationSteps = [['create_cache'], ['load_words', '--all']] as const;
  const environment = { ...production, application: { ...small, migrationSteps } };
  const pod = (migrationJob(environment).manifest as Manifest).spec?.template?.spec;
  const [, , ...added] = pod?.initContainers ?? [];
  expect(added.map(({ name, command }) => [name, command])).toEqual([
    ['step-2-create-cache', ['python', 'manage.py', 'create_cache']],
    ['step-3-load-words', ['python', 'manage.py', 'load_words', '--all']],
  ]);
  for (const { env } of added)
    expect(env).toContainEqual({ name: 'SQL_USER', value: postgresRoles.migrator });
});

test('it is of the web tier', () => {
  expect(migrate.tier).toBe('web');
});
