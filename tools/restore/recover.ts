import { keptByArgoCd } from '../../charts/lib/names.ts';
import { selector } from '../../charts/lib/workload.ts';
import { postgres } from '../../charts/workloads/postgres.ts';
import { clusterOf } from '../../environments/cluster.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, get } from '../cluster/cluster.ts';
import { runOnce } from '../cluster/cron-job.ts';
import { jobState } from '../cluster/job.ts';
import { UserError } from '../terminal/user-error.ts';
import { claimOf, givingUp, type Plan } from './plan.ts';
import type { Present } from './present.ts';

/**
 * Restores into a new volume, unless that has been done already.
 *
 * @throws UserError with the reason and what can be done, when it fails
 */
export async function recover(
  cluster: Cluster,
  environment: AnyEnvironment,
  plan: Plan,
  { claims }: Present,
  timeoutSeconds: number,
): Promise<void> {
  const { namespace } = environment;
  const name = claimOf(plan);
  if ((await jobState(cluster, namespace, name)) === 'complete') return;
  const [model] = claims;
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, labels: selector(environment, postgres), annotations: keptByArgoCd },
    spec: {
      accessModes: ['ReadWriteOnce'],
      // As large as the volumes that it replaces, which may have grown, and of the same class.
      storageClassName: model?.spec.storageClassName ?? clusterOf(environment).storageClasses.data,
      resources: model?.spec.resources ?? {
        requests: { storage: `${environment.postgres.storageGibibytes}Gi` },
      },
    },
  };
  if (!(await get(cluster, [`persistentvolumeclaim/${name}`, '--namespace', namespace])))
    await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify(claim) });
  console.log(`restoring into ${name}`);
  try {
    await runOnce(cluster, namespace, 'postgres-restore', {
      suffix: plan.id,
      timeoutSeconds,
      isKept: true,
      change: (pod) => ({
        ...pod,
        containers: [
          {
            ...pod.containers[0],
            command: ['tini', '--', 'restore-backup', 'recover', plan.to, ...(plan.set ? [plan.set] : [])],
          },
        ],
        volumes: pod.volumes.map((volume) =>
          volume.name === 'data' ? { name: 'data', persistentVolumeClaim: { claimName: name } } : volume,
        ),
      }),
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\nnothing was replaced. Mend the cause and give the same command again, or give up what was begun:\n` +
        givingUp(cluster, namespace, plan),
    );
  }
}
