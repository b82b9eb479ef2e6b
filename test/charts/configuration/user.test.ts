import { expect, test } from '@jest/globals';
import { production } from '../../../environments/production.ts';
import { containersOf, manifests, object, pods } from '../../lib/manifests.ts';

const nameless = { ...production, cluster: { userId: 1000650000 } };

test('a user of the cluster has a name in each container of the image of Postgres', () => {
  const ofPostgres = pods(nameless).flatMap(({ owner, pod }) =>
    containersOf(pod)
      .filter(({ image }) => image === production.images.postgres)
      .map((container) => ({ owner, pod, container })),
  );
  expect(new Set(ofPostgres.map(({ container }) => container.name))).toEqual(
    new Set(['postgres', 'pgbackrest', 'backup', 'restore']),
  );
  for (const { owner, pod, container } of ofPostgres) {
    const mount = (file: string) => ({
      name: 'settings',
      mountPath: `/etc/${file}`,
      subPath: file,
      readOnly: true,
    });
    expect([owner, container.name, container.volumeMounts]).toEqual([
      owner,
      container.name,
      expect.arrayContaining([mount('passwd'), mount('group')]),
    ]);
    expect(pod.volumes).toContainEqual({ name: 'settings', configMap: { name: 'postgres' } });
  }
  expect(object(nameless, 'ConfigMap', 'postgres').data).toMatchObject({
    passwd: expect.stringContaining(
      '\npostgres:x:1000650000:1000650000::/var/lib/postgresql:/usr/sbin/nologin\n',
    ),
    group: expect.stringContaining('\npostgres:x:1000650000:\n'),
  });
});

test('the user for whom the images are built has a name already', () => {
  for (const environment of [production, { ...production, cluster: { userId: 10001 } }])
    expect(JSON.stringify(manifests(environment))).not.toContain('passwd"');
});
