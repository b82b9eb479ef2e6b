import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import { sourceClaim } from './lib/application.ts';
import { labels } from './lib/workload.ts';
import { web } from './workloads/web.ts';

/**
 * The source folder of the developer's machine, read-only. It is a volume with a claim, because the `restricted` level
 * refuses a pod that mounts a folder of its node directly. Only dev has it.
 *
 * @see https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
 */
export function liveSource(scope: Construct, environment: AnyEnvironment): void {
  if (!environment.liveEdit) return;
  // Without a namespace: a volume belongs to the whole cluster.
  const chart = new Chart(scope, '49-live-source');
  const storage = { storage: k8s.Quantity.fromString('1Gi') };
  const volumeName = `${environment.namespace}-${sourceClaim}`;
  const claim = { namespace: environment.namespace, name: sourceClaim };
  new k8s.KubePersistentVolume(chart, 'volume', {
    metadata: { name: volumeName, labels: labels(environment, web) },
    spec: {
      accessModes: ['ReadOnlyMany'],
      capacity: storage,
      claimRef: claim,
      hostPath: { path: environment.liveEdit.nodePath, type: 'Directory' },
      persistentVolumeReclaimPolicy: 'Retain',
    },
  });
  new k8s.KubePersistentVolumeClaim(chart, 'claim', {
    metadata: { ...claim, labels: labels(environment, web) },
    spec: {
      accessModes: ['ReadOnlyMany'],
      resources: { requests: storage },
      storageClassName: '',
      volumeName,
    },
  });
}
