import { describe, expect, test } from '@jest/globals';
import { claimOf } from '../../../charts/lib/stateful-set.ts';
import { labels } from '../../../charts/lib/workload.ts';
import { longestSeconds } from '../../../charts/workloads/postgres-backup.ts';
import { postgresRestoreTest } from '../../../charts/workloads/postgres-restore-test.ts';
import { production } from '../../../environments/production.ts';
import { containerOf, object, podOf, variants } from '../../lib/manifests.ts';

const withBackups = variants.filter(({ backups }) => backups);

describe.each(withBackups)('$namespace at $address.kind address', (environment) => {
  test('it is ended when it hangs', () => {
    const { spec } = object(environment, 'CronJob', 'postgres-restore-test');
    expect(spec?.jobTemplate.spec?.activeDeadlineSeconds).toBe(longestSeconds);
  });

  test('the newest backup is restored and checked when the environment says', () => {
    const { spec } = object(environment, 'CronJob', 'postgres-restore-test');
    expect(spec?.schedule).toBe(environment.backups?.restoreTest);
    const { command } = containerOf(podOf(environment, 'CronJob', 'postgres-restore-test'), 'restore');
    expect(command?.slice(3)).toEqual(['test']);
  });

  test('its volume is as large as that of a member, and goes with the pod', () => {
    const { volumes } = podOf(environment, 'CronJob', 'postgres-restore-test');
    expect(volumes?.find(({ name }) => name === 'data')).toEqual({
      name: 'data',
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: labels(environment, postgresRestoreTest) },
          spec: {
            ...claimOf(environment.postgres.storageGibibytes, undefined),
            resources: { requests: { storage: `${environment.postgres.storageGibibytes}Gi` } },
          },
        },
      },
    });
  });
});

test('its volume is of the class for what is deleted after use', () => {
  const environment = { ...production, cluster: { storageClasses: { data: 'kept', scratch: 'deleted' } } };
  const { volumes } = podOf(environment, 'CronJob', 'postgres-restore-test');
  expect(volumes?.find(({ name }) => name === 'data')).toMatchObject({
    ephemeral: { volumeClaimTemplate: { spec: { storageClassName: 'deleted' } } },
  });
});

test('it is of the data tier', () => {
  expect(postgresRestoreTest.tier).toBe('data');
});
