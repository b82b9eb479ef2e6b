import { clusterOf } from '../../environments/cluster.ts';
import { backupsOf, hasBackups } from '../configuration/pgbackrest.ts';
import { CronJob } from '../lib/job.ts';
import { toDns, toObjectStore } from '../lib/outside.ts';
import { restorePod } from '../lib/restore-pod.ts';
import { claimOf } from '../lib/stateful-set.ts';
import type { Workload } from '../lib/workload.ts';
import { longestSeconds } from './postgres-backup.ts';

/** The restore test: a CronJob that restores the newest backup into a volume of its own, and checks it. */
export const postgresRestoreTest: Workload<'postgres-restore-test'> = {
  name: 'postgres-restore-test',
  description: 'CronJob: restores the newest backup and checks it',
  order: 36,
  tier: 'data',
  ports: {},
  isIn: hasBackups,
  opens: (environment) => [
    ...toDns(environment),
    toObjectStore(backupsOf(environment), 'it restores the newest backup'),
  ],
  objects: (chart) => {
    const backups = backupsOf(chart.environment);
    // As large as the volume of a member; it is deleted with the pod.
    const { scratch } = clusterOf(chart.environment).storageClasses;
    const spec = claimOf(chart.environment.postgres.storageGibibytes, scratch);
    const data = { ephemeral: { volumeClaimTemplate: { metadata: { labels: chart.podLabels }, spec } } };
    new CronJob(chart, 'cron-job', {
      schedule: backups.restoreTest,
      deadlineSeconds: longestSeconds,
      pod: restorePod(chart, backups, ['test'], data),
    });
  },
};
