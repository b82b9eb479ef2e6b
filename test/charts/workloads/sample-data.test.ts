import { expect, test } from '@jest/globals';
import { sampleData } from '../../../charts/workloads/sample-data.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { small } from '../../lib/applications.ts';
import { objects, variants } from '../../lib/manifests.ts';
import { application as second } from '../../second-application/application.ts';

const inDev = { ...dev, application: small, sampleData: true, migrations: 'at-start' as const };

/** The containers of its Job in their order; none if the environment has no such Job. */
function steps(environment: AnyEnvironment): readonly (readonly [string, readonly string[] | undefined])[] {
  const job = objects(environment, 'Job').find(({ metadata }) => metadata.name.startsWith('sample-data-'));
  const pod = job?.spec?.template.spec;
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(
    ({ name, command }) => [name, command] as const,
  );
}

const load = ['load-sample-projects', ['python', 'manage.py', 'load_sample_projects']] as const;
const index = ['rebuild-index', ['python', 'manage.py', 'rebuild_index', '--wait', '600']] as const;
const wait = ['wait-for-migrations', expect.anything()] as const;

test('it is loaded once the schema is there, and then indexed', () => {
  expect(steps(inDev)).toEqual([wait, load, index]);
});

test('there is made-up data in no other environment', () => {
  for (const environment of variants.filter(({ kind }) => kind !== 'dev'))
    expect(steps(environment)).toEqual([]);
});

test('without it, the first index is made all the same', () => {
  expect(steps({ ...inDev, sampleData: false })).toEqual([wait, index]);
  // Here the command makes it that migrates.
  expect(steps({ ...inDev, sampleData: false, migrations: 'by-command' })).toEqual([]);
  const { sampleData: _, ...application } = small;
  expect(steps({ ...inDev, application })).toEqual([wait, index]);
});

test('an application may have data and no index, or neither', () => {
  const { searchIndex: _, ...application } = small;
  expect(steps({ ...inDev, application })).toEqual([wait, load]);
  expect(steps({ ...inDev, application: second })).toEqual([]);
});

test('it is of the web tier', () => {
  expect(sampleData.tier).toBe('web');
});
