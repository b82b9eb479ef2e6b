import { keptByArgoCd } from '../../charts/lib/names.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Cluster, get } from './cluster.ts';
import type { PersistentVolume, PersistentVolumeClaim } from './objects.ts';
import { until } from './until.ts';

type ReclaimPolicy = PersistentVolume['spec']['persistentVolumeReclaimPolicy'];

/** A volume that moves to another claim, with everything that is needed to finish when the old claim is gone. */
export interface Move {
  readonly volume: string;
  /** Claims of the same namespace. */
  readonly from: string;
  readonly to: string;
  readonly spec: PersistentVolumeClaim['spec'];
  readonly labels: Readonly<Record<string, string>>;
  /** The reclaim policy that the volume had before. */
  readonly reclaimPolicy: ReclaimPolicy;
}

/**
 * The move of a claim's volume to another claim.
 *
 * @throws UserError when the claim has no volume
 */
export async function volumeOf(cluster: Cluster, namespace: string, from: string, to: string): Promise<Move> {
  const claim = await get<PersistentVolumeClaim>(cluster, [
    `persistentvolumeclaim/${from}`,
    '--namespace',
    namespace,
  ]);
  const volume = claim?.spec.volumeName;
  const found = volume && (await get<PersistentVolume>(cluster, [`persistentvolume/${volume}`]));
  if (!claim || !found) throw new UserError(`the claim ${from} in ${namespace} has no volume`);
  const reclaimPolicy = found.spec.persistentVolumeReclaimPolicy;
  return { volume, from, to, spec: claim.spec, labels: claim.metadata.labels ?? {}, reclaimPolicy };
}

/** Sets the reclaim policy of a volume. */
export async function setReclaimPolicy(
  cluster: Cluster,
  volume: string,
  policy: ReclaimPolicy,
): Promise<void> {
  await patchVolume(cluster, volume, { persistentVolumeReclaimPolicy: policy });
}

/**
 * Moves a volume to its new claim. It may be repeated wherever it was interrupted. The volume's policy must be `Retain`.
 *
 * @throws UserError when the claim is in use, or another volume has its new name
 */
export async function moveVolume(
  cluster: Cluster,
  namespace: string,
  { volume, from, to, spec, labels }: Move,
  timeoutSeconds: number,
): Promise<void> {
  const claimNamed = (name: string) =>
    get<PersistentVolumeClaim>(cluster, [`persistentvolumeclaim/${name}`, '--namespace', namespace]);
  if ((await claimNamed(from))?.spec.volumeName === volume) {
    const seconds = `--timeout=${timeoutSeconds}s`;
    await cluster.kubectl(['delete', 'persistentvolumeclaim', from, '--namespace', namespace, seconds]);
  }
  const present = await claimNamed(to);
  if (present && present.spec.volumeName !== volume) {
    throw new UserError(
      `the claim ${to} in ${namespace} has the volume ${present.spec.volumeName}, not ${volume}: something has made it meanwhile\n` +
        `stop that, delete the claim if it holds nothing, then give the same command again`,
    );
  }
  if (!present) {
    // The volume waits for the new claim and accepts no other.
    const claimRef = { namespace, name: to, uid: null, resourceVersion: null };
    await patchVolume(cluster, volume, { claimRef });
    const manifest = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: to, namespace, labels, annotations: keptByArgoCd },
      spec: { ...spec, volumeName: volume },
    };
    await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify(manifest) });
  }
  await until(
    timeoutSeconds,
    async () => {
      const phase = (await claimNamed(to))?.status?.phase;
      return phase === 'Bound' ? { done: true } : { waits: phase ?? 'absent' };
    },
    (waits) => `the claim ${to} did not get its volume ${volume} within ${timeoutSeconds} s: it is ${waits}`,
  );
}

async function patchVolume(cluster: Cluster, volume: string, spec: object): Promise<void> {
  const patch = JSON.stringify({ spec });
  await cluster.kubectl(['patch', 'persistentvolume', volume, '--type', 'merge', '--patch', patch]);
}
