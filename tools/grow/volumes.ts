import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, get } from '../cluster/cluster.ts';
import type { PersistentVolumeClaim, Pod } from '../cluster/objects.ts';
import { until } from '../cluster/until.ts';
import { bytes, type Growth } from './plan.ts';

/** Where the volumes are. */
export interface Work {
  readonly cluster: Cluster;
  readonly environment: AnyEnvironment;
  /** How long one member may take to be in sync again. */
  readonly timeoutSeconds: number;
}

/** Makes the volumes larger through the StorageClass, while they are in use. */
export async function expand(
  { cluster, environment, timeoutSeconds }: Work,
  { small, to }: Growth,
): Promise<void> {
  const { namespace } = environment;
  const patch = JSON.stringify({ spec: { resources: { requests: { storage: to } } } });
  for (const { metadata } of small) {
    const claim = [`persistentvolumeclaim/${metadata.name}`, '--namespace', namespace];
    await cluster.kubectl(['patch', ...claim, '--patch', patch]);
    await until(
      timeoutSeconds,
      async () => {
        const present = await get<PersistentVolumeClaim>(cluster, claim);
        const now = `${present?.status?.capacity?.storage ?? 0}`;
        if (bytes(now) >= bytes(to)) return { done: true };
        const [condition] = present?.status?.conditions ?? [];
        return { waits: `it has ${now}${condition ? `; ${condition.type} ${condition.message ?? ''}` : ''}` };
      },
      (waits) => `waited ${timeoutSeconds} s for ${metadata.name} to have ${to}: ${waits}`,
    );
    console.log(`${metadata.name} has ${to}`);
  }
}

/** Gives a member an empty volume of the new size. The member fills it from the others. */
export async function replaceVolume(
  { cluster, environment, timeoutSeconds }: Work,
  pod: string,
): Promise<void> {
  const { namespace } = environment;
  const claim = [`persistentvolumeclaim/data-${pod}`, '--namespace', namespace];
  const podOf = [`pod/${pod}`, '--namespace', namespace];
  const oldClaim = await get<PersistentVolumeClaim>(cluster, claim);
  const oldPod = await get<Pod>(cluster, podOf);
  console.log(`${pod}: gets a new volume`);
  // The claim is deleted when the pod that uses it has ended.
  await cluster.kubectl(['delete', ...claim, '--wait=false']);
  await cluster.kubectl(['delete', ...podOf, '--wait=false']);
  await until(
    timeoutSeconds,
    async () => {
      const newClaim = await get<PersistentVolumeClaim>(cluster, claim);
      const newPod = await get<Pod>(cluster, podOf);
      if (!newClaim || newClaim.metadata.uid === oldClaim?.metadata.uid)
        return { waits: 'the old claim is still there' };
      if (!newPod || newPod.metadata.uid === oldPod?.metadata.uid)
        return { waits: 'the old pod is still there' };
      return { done: true };
    },
    (waits) => `waited ${timeoutSeconds} s for ${pod} to start on a new volume: ${waits}`,
  );
}
