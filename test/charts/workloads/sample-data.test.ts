import { describe, expect, test } from '@jest/globals';
import { sampleData } from '../../../charts/workloads/sample-data.ts';
import { containerOf, manifests, podOf, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('there is made-up data only where the environment says so', () => {
    const names = new Set(
      manifests(environment).map(({ metadata }) => metadata.labels?.['app.kubernetes.io/name']),
    );
    expect(names.has('sample-data')).toBe(environment.sampleData ?? false);
  });

  if (!environment.sampleData) return;

  test('it is loaded once the schema is there, and then indexed', () => {
    const { initContainers, containers } = podOf(environment, 'Job', 'sample-data');
    expect(initContainers?.map(({ name }) => name)).toEqual(['wait-for-migrations', 'load-sample-projects']);
    expect(containers.map(({ name }) => name)).toEqual(['rebuild-index']);
    expect(containerOf(podOf(environment, 'Job', 'sample-data'), 'load-sample-projects').command).toEqual([
      'python',
      'manage.py',
      'load_sample_projects',
    ]);
  });
});

test('it is of the web tier', () => {
  expect(sampleData.tier).toBe('web');
});
