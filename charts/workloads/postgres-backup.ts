import { k8s } from 'cdk8s-plus-27';
import type { Backups } from '../../environments/environment.ts';
import { databaseNames } from '../configuration/databases.ts';
import {
  backupsOf,
  configuration,
  configurationName,
  hasBackups,
  pgbackrestContainer,
  pgbackrestVolumes,
  tlsPath,
} from '../configuration/pgbackrest.ts';
import { userMounts, userVolumes } from '../configuration/user.ts';
import { hardenedPod } from '../lib/hardened-pod.ts';
import { ContentNamedJob, CronJob } from '../lib/job.ts';
import { toDns, toObjectStore } from '../lib/outside.ts';
import { tlsVolume } from '../lib/tls.ts';
import { to, type Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';
import { postgres } from './postgres.ts';

/** A backup or a restore that takes longer than this hangs. */
export const longestSeconds = 6 * 3600;

/**
 * Backups of Postgres in an object store: pgBackRest's settings, the CronJobs that back up, and a Job that makes the
 * first backup of a new cluster.
 */
export const postgresBackup: Workload<'postgres-backup'> = {
  name: 'postgres-backup',
  description: 'Job and CronJobs: first, full, differential and incremental backups',
  order: 35,
  tier: 'data',
  ports: {},
  isIn: hasBackups,
  opens: (environment) => [
    to(postgres, 'pgbackrest', 'it reads the files of a member'),
    to(postgres, 'postgres', 'it records how many rows a backup holds'),
    ...toDns(environment),
    toObjectStore(backupsOf(environment), 'backups are kept there'),
  ],
  objects: (chart) => {
    const { environment } = chart;
    const backups = backupsOf(environment);
    new k8s.KubeConfigMap(chart, 'configuration', {
      metadata: { name: configurationName },
      data: configuration(postgres, environment, backups),
    });
    for (const kind of ['full', 'differential', 'incremental'] as const) {
      new CronJob(chart, kind, {
        name: `postgres-backup-${kind}`,
        schedule: backups[kind],
        deadlineSeconds: longestSeconds,
        pod: backupPod(chart, backups, kind),
      });
    }
    new ContentNamedJob(chart, 'first', { pod: backupPod(chart, backups, 'first') });
  },
};

/** A pod that reads the files of the members, writes them to the object store, and records what they hold. */
function backupPod(
  chart: WorkloadChart,
  backups: Backups,
  kind: 'full' | 'differential' | 'incremental' | 'first',
): k8s.PodSpec {
  const { environment } = chart;
  const { env, volumeMounts } = pgbackrestContainer(backups, 'repository-host');
  return hardenedPod(chart, {
    containers: [
      {
        name: 'backup',
        image: environment.images.postgres,
        // It records the rows of each database; it knows the first one.
        command: ['tini', '--', 'take-backup', kind, ...databaseNames(environment).slice(1)],
        env,
        size: { cpuMillicores: 50, memoryMebibytes: 256 },
        volumeMounts: [
          ...volumeMounts,
          { name: 'tls', mountPath: tlsPath, readOnly: true },
          ...userMounts(environment),
        ],
      },
    ],
    volumes: [...pgbackrestVolumes(backups), tlsVolume(postgres), ...userVolumes(environment)],
  });
}
