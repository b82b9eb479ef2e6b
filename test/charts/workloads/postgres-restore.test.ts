import { describe, expect, test } from '@jest/globals';
import { longestSeconds } from '../../../charts/workloads/postgres-backup.ts';
import { postgresRestore } from '../../../charts/workloads/postgres-restore.ts';
import { containerOf, object, podOf, variants } from '../../lib/manifests.ts';

const withBackups = variants.filter(({ backups }) => backups);

describe.each(withBackups)('$namespace at $address.kind address', (environment) => {
  test('it is ended when it hangs', () => {
    const { spec } = object(environment, 'CronJob', 'postgres-restore');
    expect(spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe(longestSeconds);
  });

  test('the template of a restore never runs by itself, and has a schedule only because it must', () => {
    const { spec } = object(environment, 'CronJob', 'postgres-restore');
    expect(spec).toMatchObject({ suspend: true, schedule: '0 0 1 1 *' });
  });

  test('it restores the newest backup, unless the command says another time', () => {
    const { command } = containerOf(podOf(environment, 'CronJob', 'postgres-restore'), 'restore');
    expect(command?.slice(3)).toEqual(['recover', 'latest']);
  });

  test('it restores into the claim that the command makes, which outlives the pod', () => {
    const { volumes } = podOf(environment, 'CronJob', 'postgres-restore');
    expect(volumes?.find(({ name }) => name === 'data')).toEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'postgres-restore' },
    });
  });
});

test('it is of the data tier', () => {
  expect(postgresRestore.tier).toBe('data');
});
