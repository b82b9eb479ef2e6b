import { describe, expect, test } from '@jest/globals';
import { pgbackrestContainer, pgbackrestVolumes } from '../../../charts/configuration/pgbackrest.ts';
import { containerOf, podOf, secretsOf, variants } from '../../lib/manifests.ts';

const withBackups = variants.filter(({ backups }) => backups);

describe.each(withBackups)('$namespace at $address.kind address', (environment) => {
  const { backups } = environment;
  if (!backups) throw new Error('it has no backups');

  test.each(['postgres-restore-test', 'postgres-restore'])('%s runs a server that nobody reaches', (name) => {
    const pod = podOf(environment, 'CronJob', name);
    expect(pod.containers.map((container) => container.name)).toEqual(['restore']);
    expect(pod.initContainers).toBeUndefined();
    expect(containerOf(pod, 'restore').ports).toBeUndefined();
  });

  test.each(['postgres-restore-test', 'postgres-restore'])('%s has time to stop its server', (name) => {
    expect(podOf(environment, 'CronJob', name).terminationGracePeriodSeconds).toBe(60);
    expect(containerOf(podOf(environment, 'CronJob', name), 'restore').command?.slice(0, 3)).toEqual([
      'tini',
      '--',
      'restore-backup',
    ]);
  });

  test.each(['postgres-restore-test', 'postgres-restore'])(
    '%s is as large as a member, of its image',
    (name) => {
      const { image, resources } = containerOf(podOf(environment, 'CronJob', name), 'restore');
      const { cpuMillicores, memoryMebibytes } = environment.postgres;
      expect(image).toBe(environment.images.postgres);
      expect(resources?.requests).toMatchObject({ cpu: `${cpuMillicores}m`, memory: `${memoryMebibytes}Mi` });
    },
  );

  test.each(['postgres-restore-test', 'postgres-restore'])(
    '%s reads the repository as a member does, and has no other secret',
    (name) => {
      const pod = podOf(environment, 'CronJob', name);
      const { env, volumeMounts } = containerOf(pod, 'restore');
      const member = pgbackrestContainer(backups, 'member');
      expect(env).toEqual(member.env);
      expect(volumeMounts).toEqual([
        { name: 'tmp', mountPath: '/tmp' },
        ...member.volumeMounts,
        { name: 'data', mountPath: '/var/lib/postgresql/data' },
        { name: 'run', mountPath: '/run/postgresql' },
        { name: 'shared-memory', mountPath: '/dev/shm' },
      ]);
      expect(secretsOf(pod, 'restore')).toEqual([
        'backup-encryption/passphrase',
        'backup-s3-key/key',
        'backup-s3-secret/secret',
      ]);
    },
  );

  test.each(['postgres-restore-test', 'postgres-restore'])(
    '%s has a socket and shared memory of its own',
    (name) => {
      const { volumes } = podOf(environment, 'CronJob', name);
      expect(volumes?.filter((volume) => volume.name !== 'data')).toEqual([
        { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
        ...pgbackrestVolumes(backups),
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
        {
          name: 'shared-memory',
          emptyDir: { medium: 'Memory', sizeLimit: `${environment.postgres.memoryMebibytes / 2}Mi` },
        },
      ]);
    },
  );
});
