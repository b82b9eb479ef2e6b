import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment, Backups, Schedule } from '../environments/environment.ts';
import { backupsOf } from './connections.ts';
import { type HardenedContainer, hardenedPod } from './lib/hardened-pod.ts';
import { contentNamedJob } from './lib/job.ts';
import { labels, type Workload } from './lib/names.ts';
import {
  configuration,
  configurationName,
  pgbackrestContainer,
  pgbackrestVolumes,
  tlsPath,
} from './lib/pgbackrest.ts';
import { serviceAccount } from './lib/service-account.ts';
import { tlsVolume } from './lib/tls.ts';

/** A backup that has not ended by then hangs: the next one may start. */
const longestBackupSeconds = 4 * 3600;

/**
 * Backups of Postgres in an object store: their settings, the CronJobs that make them, the one that rehearses a restore,
 * and the template of a restore.
 */
export function backup(scope: Construct, environment: AnyEnvironment): void {
  const backups = backupsOf(environment);
  if (backups === undefined) return;
  const chart = new Chart(scope, '35-backup', { namespace: environment.namespace });
  new k8s.KubeConfigMap(chart, 'configuration', {
    metadata: { name: configurationName, labels: labels(environment, 'postgres-backup') },
    data: configuration(environment, backups),
  });

  serviceAccount(chart, environment, 'postgres-backup');
  for (const kind of ['full', 'differential', 'incremental'] as const) {
    cronJob(chart, environment, {
      name: `postgres-backup-${kind}`,
      workload: 'postgres-backup',
      schedule: backups[kind],
      activeDeadlineSeconds: longestBackupSeconds,
      pod: backupPod(environment, backups, kind),
    });
  }
  contentNamedJob(chart, environment, 'postgres-backup', backupPod(environment, backups, 'first'));
}

interface CronJob {
  readonly name: string;
  readonly workload: Workload;
  readonly schedule: Schedule;
  readonly activeDeadlineSeconds: number;
  readonly pod: k8s.PodSpec;
}

function cronJob(
  scope: Construct,
  environment: AnyEnvironment,
  { name, workload, schedule, activeDeadlineSeconds, pod }: CronJob,
): void {
  const metadata = { labels: labels(environment, workload) };
  new k8s.KubeCronJob(scope, name, {
    metadata: { ...metadata, name },
    spec: {
      schedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata,
        spec: { backoffLimit: 2, activeDeadlineSeconds, template: { metadata, spec: pod } },
      },
    },
  });
}

/** A pod that reads the files of the members, writes them to the object store, and records what they hold. */
function backupPod(
  environment: AnyEnvironment,
  backups: Backups,
  kind: 'full' | 'differential' | 'incremental' | 'first',
): k8s.PodSpec {
  const { env, volumeMounts } = pgbackrestContainer(backups, 'repository-host');
  const container: HardenedContainer = {
    name: 'backup',
    image: environment.images.postgres,
    command: ['tini', '--', 'take-backup', kind],
    env,
    size: { cpuMillicores: 50, memoryMebibytes: 256 },
    volumeMounts: [...volumeMounts, { name: 'tls', mountPath: tlsPath, readOnly: true }],
  };
  return hardenedPod({
    serviceAccountName: 'postgres-backup',
    restartPolicy: 'Never',
    containers: [container],
    volumes: [...pgbackrestVolumes(backups), tlsVolume('postgres')],
  });
}
