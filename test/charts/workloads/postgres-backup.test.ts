import { describe, expect, test } from '@jest/globals';
import { databaseNames } from '../../../charts/configuration/databases.ts';
import { pgbackrestContainer, pgbackrestVolumes } from '../../../charts/configuration/pgbackrest.ts';
import { longestSeconds, postgresBackup } from '../../../charts/workloads/postgres-backup.ts';
import {
  containerOf,
  locally,
  manifests,
  object,
  type PodMaker,
  podOf,
  secretsOf,
  variants,
} from '../../lib/manifests.ts';

const withBackups = variants.filter(({ backups }) => backups);

describe.each(withBackups)('$namespace at $address.kind address', (environment) => {
  const { backups } = environment;
  if (!backups) throw new Error('it has no backups');
  const makers: [string, PodMaker, string][] = [
    ['full', 'CronJob', 'postgres-backup-full'],
    ['differential', 'CronJob', 'postgres-backup-differential'],
    ['incremental', 'CronJob', 'postgres-backup-incremental'],
    ['first', 'Job', 'postgres-backup'],
  ];

  test.each(['full', 'differential', 'incremental'] as const)(
    'a %s backup has the schedule of the environment',
    (kind) => {
      const { spec } = object(environment, 'CronJob', `postgres-backup-${kind}`);
      expect(spec?.schedule).toBe(backups[kind]);
      expect(spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe(longestSeconds);
    },
  );

  test.each(makers)(
    'a %s backup says which kind it is and which databases are beside the first, to a program that ends when it is told to',
    (kind, ...maker) => {
      const { command, image } = containerOf(podOf(environment, ...maker), 'backup');
      expect(command).toEqual(['tini', '--', 'take-backup', kind, ...databaseNames(environment).slice(1)]);
      expect(image).toBe(environment.images.postgres);
    },
  );

  test.each(makers)('a %s backup reads the repository and the members, and no password', (_, ...maker) => {
    const pod = podOf(environment, ...maker);
    const { env, volumeMounts } = pgbackrestContainer(backups, 'repository-host');
    expect(pod.containers).toHaveLength(1);
    expect(pod.initContainers).toBeUndefined();
    expect(containerOf(pod, 'backup').env).toEqual(env);
    expect(containerOf(pod, 'backup').volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      ...volumeMounts,
      { name: 'tls', mountPath: '/run/secrets/tls', readOnly: true },
    ]);
    expect(pod.volumes).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      ...pgbackrestVolumes(backups),
      { name: 'tls', secret: { secretName: 'postgres-tls', defaultMode: 0o440 } },
    ]);
    expect(secretsOf(pod, 'backup')).toEqual([
      'backup-encryption/passphrase',
      'backup-s3-key/key',
      'backup-s3-secret/secret',
      'postgres-tls/*',
    ]);
  });

  test.each(makers)('a %s backup needs less than a member', (_, ...maker) => {
    expect(containerOf(podOf(environment, ...maker), 'backup').resources?.requests).toMatchObject({
      cpu: '50m',
      memory: '256Mi',
    });
  });
});

test('a backup or a restore that takes longer than a quarter of a day hangs', () => {
  expect(longestSeconds).toBe(6 * 3600);
});

test('without an object store there are no backups, and no server for them', () => {
  const all = manifests(locally('production'));
  expect(all.filter(({ metadata }) => /backup|restore|pgbackrest/.test(metadata.name))).toEqual([]);
  const { containers } = podOf(locally('production'), 'StatefulSet', 'postgres');
  expect(containers.map(({ name }) => name)).toEqual(['postgres']);
});

test('it is of the data tier', () => {
  expect(postgresBackup.tier).toBe('data');
});
