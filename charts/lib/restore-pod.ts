import type { k8s } from 'cdk8s-plus-27';
import type { Backups } from '../../environments/environment.ts';
import { dataPath, pgbackrestContainer, pgbackrestVolumes } from '../configuration/pgbackrest.ts';
import { sharedMemory, socketPath } from '../configuration/postgres.ts';
import { userMounts, userVolumes } from '../configuration/user.ts';
import { hardenedPod, inMemory } from './hardened-pod.ts';
import type { WorkloadChart } from './workload-chart.ts';

/**
 * A pod that restores a backup into a volume, and runs a server on it that nobody can reach.
 *
 * @param arguments_ what `restore-backup` does
 * @param data the volume
 */
export function restorePod(
  chart: WorkloadChart,
  backups: Backups,
  arguments_: readonly string[],
  data: Pick<k8s.Volume, 'ephemeral' | 'persistentVolumeClaim'>,
): k8s.PodSpec {
  const { environment } = chart;
  const { env, volumeMounts } = pgbackrestContainer(backups, 'member');
  return hardenedPod(chart, {
    // Long enough for the server to stop. An interrupted restore starts over.
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
          { name: 'run', mountPath: socketPath },
          { name: 'shared-memory', mountPath: '/dev/shm' },
          ...userMounts(environment),
        ],
      },
    ],
    volumes: [
      ...pgbackrestVolumes(backups),
      { name: 'data', ...data },
      inMemory('run', 16),
      sharedMemory(environment),
      ...userVolumes(environment),
    ],
  });
}
