import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment, Backups } from '../environments/environment.ts';
import { backupsOf } from './connections.ts';
import { dataClaim } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentNamedJob } from './lib/job.ts';
import { labels, type Workload } from './lib/names.ts';
import {
  configuration,
  configurationName,
  dataPath,
  pgbackrestContainer,
  pgbackrestVolumes,
  tlsPath,
} from './lib/pgbackrest.ts';
import { serviceAccount } from './lib/service-account.ts';
import { tlsVolume } from './lib/tls.ts';

/** A Job that has not ended by then hangs: the next one may start. */
const longestSeconds = 6 * 3600;

/** Claim that `npm run restore` makes, and puts another name in the place of. */
const restoreClaim = 'postgres-restore';

/**
 * Backups of Postgres in an object store: pgBackRest's settings, CronJobs that back up, a Job that makes the first backup
 * of a new cluster, a CronJob that rehearses a restore, and the template of a restore.
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
    const spec = { schedule: backups[kind] };
    cronJob(
      chart,
      environment,
      'postgres-backup',
      `postgres-backup-${kind}`,
      spec,
      backupPod(environment, backups, kind),
    );
  }
  contentNamedJob(chart, environment, 'postgres-backup', backupPod(environment, backups, 'first'));

  const scratch = { ephemeral: { volumeClaimTemplate: scratchClaim(environment) } };
  serviceAccount(chart, environment, 'postgres-rehearsal');
  cronJob(
    chart,
    environment,
    'postgres-rehearsal',
    'postgres-rehearsal',
    { schedule: backups.rehearsal },
    restorePod(environment, backups, 'postgres-rehearsal', ['rehearse'], scratch),
  );

  const claimed = { persistentVolumeClaim: { claimName: restoreClaim } };
  serviceAccount(chart, environment, 'postgres-restore');
  cronJob(
    chart,
    environment,
    'postgres-restore',
    'postgres-restore',
    { schedule: '0 0 1 1 *', suspend: true },
    restorePod(environment, backups, 'postgres-restore', ['recover', 'latest'], claimed),
  );
}

function cronJob(
  scope: Construct,
  environment: AnyEnvironment,
  workload: Workload,
  name: string,
  spec: Pick<k8s.CronJobSpec, 'schedule' | 'suspend'>,
  pod: k8s.PodSpec,
): void {
  const metadata = { labels: labels(environment, workload) };
  new k8s.KubeCronJob(scope, name, {
    metadata: { ...metadata, name },
    spec: {
      ...spec,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata,
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: longestSeconds,
          template: { metadata, spec: { ...pod, restartPolicy: 'Never' } },
        },
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
  return hardenedPod({
    serviceAccountName: 'postgres-backup',
    containers: [
      {
        name: 'backup',
        image: environment.images.postgres,
        command: ['tini', '--', 'take-backup', kind],
        env,
        size: { cpuMillicores: 50, memoryMebibytes: 256 },
        volumeMounts: [...volumeMounts, { name: 'tls', mountPath: tlsPath, readOnly: true }],
      },
    ],
    volumes: [...pgbackrestVolumes(backups), tlsVolume('postgres')],
  });
}

/** A pod that restores into the volume that is given, and runs a server there that nobody can reach. */
function restorePod(
  environment: AnyEnvironment,
  backups: Backups,
  serviceAccountName: Workload,
  arguments_: string[],
  data: Pick<k8s.Volume, 'ephemeral' | 'persistentVolumeClaim'>,
): k8s.PodSpec {
  const { env, volumeMounts } = pgbackrestContainer(backups, 'member');
  const inMemory = (name: string, size: string): k8s.Volume => ({
    name,
    emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString(size) },
  });
  return hardenedPod({
    serviceAccountName,
    // The server stops by itself, or a restore that is cut off starts over.
    terminationGracePeriodSeconds: 60,
    containers: [
      {
        name: 'restore',
        image: environment.images.postgres,
        command: ['tini', '--', 'restore-backup', ...arguments_],
        env,
        size: environment.postgres,
        volumeMounts: [
          ...volumeMounts,
          { name: 'data', mountPath: dataPath },
          { name: 'run', mountPath: '/run/postgresql' },
          { name: 'shared-memory', mountPath: '/dev/shm' },
        ],
      },
    ],
    volumes: [
      ...pgbackrestVolumes(backups),
      { name: 'data', ...data },
      inMemory('run', '16Mi'),
      inMemory('shared-memory', '128Mi'),
    ],
  });
}

/** As large as the volume of a member; it goes with the pod. */
function scratchClaim(environment: AnyEnvironment): k8s.PersistentVolumeClaimTemplate {
  const { spec } = dataClaim(environment, 'postgres', environment.postgres);
  return { metadata: { labels: labels(environment, 'postgres-rehearsal') }, spec: spec ?? {} };
}
