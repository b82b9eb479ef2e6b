import { k8s } from 'cdk8s-plus-27';
import { hardenedPod } from '../../charts/lib/hardened-pod.ts';
import { localStore } from '../../charts/object-store.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { apply, kubectl } from './cluster.ts';
import { imageOf } from './local.ts';

/** Removes an environment from the local cluster, as `removeNamespace` does. */
export function removeEnvironment(name: EnvironmentName): Promise<void> {
  return removeNamespace(environments[name].namespace);
}

/**
 * Removes the namespace of an environment from the local cluster, with its volumes, its Secrets and its backups: a new
 * database could not be backed up beside those of another one.
 */
export async function removeNamespace(namespace: string): Promise<void> {
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout', '300s');
  await removeBackups(namespace);
}

/** Removes what the object store, which must be there, has in the folder of a namespace. */
async function removeBackups(folder: string): Promise<void> {
  const metadata = { name: 'remove-backups', namespace: localStore.namespace };
  const which = [`pod/${metadata.name}`, '--namespace', metadata.namespace];
  const find = ['find', '/data', '-type', 'd', '-name', folder, '-prune', '-exec', 'rm', '-rf', '{}', '+'];
  const spec = hardenedPod(
    { workload: { name: 'default' }, environment: {} },
    {
      containers: [
        {
          name: metadata.name,
          image: imageOf('staging', 'credentials'),
          command: find,
          size: { cpuMillicores: 10, memoryMebibytes: 64 },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
  );
  await kubectl('delete', ...which, '--ignore-not-found');
  await apply(k8s.KubePod.manifest({ metadata, spec: { ...spec, restartPolicy: 'Never' } }));
  await kubectl('wait', ...which, '--for', 'jsonpath={.status.phase}=Succeeded', '--timeout', '120s');
  await kubectl('delete', ...which);
}
