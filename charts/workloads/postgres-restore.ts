import { backupsOf, hasBackups } from '../configuration/pgbackrest.ts';
import { CronJob } from '../lib/job.ts';
import { toDns, toObjectStore } from '../lib/outside.ts';
import { restorePod } from '../lib/restore-pod.ts';
import type { Workload } from '../lib/workload.ts';
import { longestSeconds } from './postgres-backup.ts';

/** The template of a restore: `npm run restore` creates its Job from it, and the claim into which the Job restores. */
export const postgresRestore: Workload<'postgres-restore'> = {
  name: 'postgres-restore',
  description: 'suspended CronJob: the template from which `npm run restore` makes its Job',
  order: 37,
  tier: 'data',
  ports: {},
  isIn: hasBackups,
  opens: (environment) => [
    ...toDns(environment),
    toObjectStore(backupsOf(environment), 'it restores a backup'),
  ],
  objects: (chart) => {
    const backups = backupsOf(chart.environment);
    new CronJob(chart, 'cron-job', {
      schedule: '0 0 1 1 *',
      suspend: true,
      deadlineSeconds: longestSeconds,
      pod: restorePod(chart, backups, ['recover', 'latest'], {
        persistentVolumeClaim: { claimName: postgresRestore.name },
      }),
    });
  },
};
