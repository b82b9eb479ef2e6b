import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clusterOf } from '../../environments/cluster.ts';
import type { MediaVolume } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { keptByArgoCd } from './names.ts';

/** The folder of uploads in every container that has it. It is not within dev's source, which is mounted read-only. */
export const mediaPath = '/srv/media';

const name = 'media';

/**
 * The local cluster has one node. Its StorageClass neither bounds a volume nor makes it larger, so no size but one is
 * asked of it.
 */
const localVolume: MediaVolume = { storageGibibytes: 1, accessMode: 'ReadWriteOnce' };

/** What a claim asks for, whose access mode somebody has decided. */
export type WantedVolume = MediaVolume & Required<Pick<MediaVolume, 'accessMode'>>;

/** Django's settings of the uploads, if the application takes any. */
export function mediaSettings({ application }: AnyEnvironment): Readonly<Record<string, string>> {
  return application.media ? { MEDIA_ROOT: mediaPath, MEDIA_URL: '/media/' } : {};
}

/** The mount of the uploads in a container, if the application takes any. */
export function mediaMounts(
  { application }: AnyEnvironment,
  { readOnly = false } = {},
): readonly k8s.VolumeMount[] {
  return application.media ? [{ name, mountPath: mediaPath, ...(readOnly && { readOnly }) }] : [];
}

/** The volume of the uploads in a pod, if the application takes any. */
export function mediaVolumes({ application }: AnyEnvironment): readonly k8s.Volume[] {
  return application.media ? [{ name, persistentVolumeClaim: { claimName: name } }] : [];
}

/** What the claim of the uploads asks for, if the application takes any. */
export function mediaVolumeOf(environment: AnyEnvironment): WantedVolume | undefined {
  const { kind, address, application } = environment;
  if (!application.media) return undefined;
  const isLocal = kind === 'dev' || address.kind === 'local';
  const { data } = clusterOf(environment).storageClasses;
  return {
    accessMode: 'ReadWriteMany',
    ...(data !== undefined && { storageClassName: data }),
    ...(isLocal ? localVolume : application.media.volume[kind]),
  };
}

/**
 * The claim of the uploads, if the application takes any. Only its own deletion, or that of the namespace, deletes it.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
export function mediaClaim(scope: Construct, environment: AnyEnvironment): void {
  const volume = mediaVolumeOf(environment);
  if (!volume) return;
  const { storageGibibytes, storageClassName, accessMode } = volume;
  new k8s.KubePersistentVolumeClaim(scope, 'media', {
    metadata: { name, annotations: keptByArgoCd },
    spec: {
      accessModes: [accessMode],
      ...(storageClassName !== undefined && { storageClassName }),
      resources: { requests: { storage: k8s.Quantity.fromString(`${storageGibibytes}Gi`) } },
    },
  });
}
