import { describe, expect, test } from '@jest/globals';
import { claimOf } from '../../../charts/lib/stateful-set.ts';
import { labels } from '../../../charts/lib/workload.ts';
import { postgresRehearsal } from '../../../charts/workloads/postgres-rehearsal.ts';
import { containerOf, object, podOf, variants } from '../../lib/manifests.ts';

const withBackups = variants.filter(({ backups }) => backups);

describe.each(withBackups)('$namespace at $address.kind address', (environment) => {
  test('the newest backup is restored and checked when the environment says', () => {
    const { spec } = object(environment, 'CronJob', 'postgres-rehearsal');
    expect(spec?.schedule).toBe(environment.backups?.rehearsal);
    const { command } = containerOf(podOf(environment, 'CronJob', 'postgres-rehearsal'), 'restore');
    expect(command?.slice(3)).toEqual(['rehearse']);
  });

  test('its volume is as large as that of a member, and goes with the pod', () => {
    const { volumes } = podOf(environment, 'CronJob', 'postgres-rehearsal');
    expect(volumes?.find(({ name }) => name === 'data')).toEqual({
      name: 'data',
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: labels(environment, postgresRehearsal) },
          spec: {
            ...claimOf(environment.postgres.storageGibibytes),
            resources: { requests: { storage: `${environment.postgres.storageGibibytes}Gi` } },
          },
        },
      },
    });
  });
});
