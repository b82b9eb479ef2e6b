import { describe, expect, test } from '@jest/globals';
import { labels } from '../../../charts/lib/workload.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { object, objects, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('a new pod is ready before an old one goes, unless both would serve the same live source', () => {
    for (const { metadata, spec } of objects(environment, 'Deployment')) {
      expect([metadata.name, spec?.strategy]).toEqual([
        metadata.name,
        environment.liveEdit
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      ]);
    }
  });

  test('three versions can be gone back to', () => {
    for (const { spec } of objects(environment, 'Deployment')) expect(spec?.revisionHistoryLimit).toBe(3);
  });

  test('its pods have the labels of its workload, by which it finds them', () => {
    for (const { name } of objects(environment, 'Deployment').map(({ metadata }) => metadata)) {
      const workload = workloadsOf(environment).find((each) => each.name === name);
      const { spec } = object(environment, 'Deployment', name);
      expect(spec?.template.metadata?.labels).toEqual(workload && labels(environment, workload));
      expect(spec?.template.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? {});
      expect(spec?.selector).toEqual({
        matchLabels: {
          'app.kubernetes.io/name': name,
          'app.kubernetes.io/instance': environment.namespace,
        },
      });
    }
  });

  test('there are as many pods as the environment says', () => {
    expect(object(environment, 'Deployment', 'web').spec?.replicas).toBe(environment.web.replicas);
    if (environment.nginx)
      expect(object(environment, 'Deployment', 'nginx').spec?.replicas).toBe(environment.nginx.replicas);
  });
});
