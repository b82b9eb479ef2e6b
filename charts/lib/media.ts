import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clusterOf } from '../../environments/cluster.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { MediaVolume } from '../../environments/media.ts';
import { bucketOf, hasMediaVolume } from '../../environments/media.ts';
import { keptByArgoCd } from './names.ts';
import { toUploadStore } from './outside.ts';
import { applicationSecrets } from './secret-file.ts';
import type { Outgoing, Used } from './workload.ts';

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

/** The file with the certificate authority of the store, if it has one of its own. */
const authority = 'uploads-ca.crt';

/**
 * Settings and files of the uploads, if the application takes any: Django's for a volume, those of django-storages for a
 * bucket.
 *
 * @see https://django-storages.readthedocs.io/en/latest/backends/amazon-S3.html
 */
export function mediaUsed(environment: AnyEnvironment): Pick<Used, 'settings' | 'files'> {
  if (hasMediaVolume(environment))
    return { settings: { MEDIA_ROOT: mediaPath, MEDIA_URL: '/media/' }, files: [] };
  const store = bucketOf(environment);
  if (!store) return { settings: {}, files: [] };
  const { host, port, region, bucket, uriStyle, caConfigMap } = store;
  return {
    settings: {
      AWS_STORAGE_BUCKET_NAME: bucket,
      AWS_S3_ENDPOINT_URL: `https://${host}${port === 443 ? '' : `:${port}`}`,
      AWS_S3_REGION_NAME: region,
      AWS_S3_ADDRESSING_STYLE: uriStyle === 'host' ? 'virtual' : 'path',
      ...(caConfigMap && { AWS_S3_VERIFY: `${applicationSecrets}/${authority}` }),
      AWS_S3_ACCESS_KEY_ID: { credential: 'AWS_S3_ACCESS_KEY_ID' },
      AWS_S3_SECRET_ACCESS_KEY: { credential: 'AWS_S3_SECRET_ACCESS_KEY' },
    },
    files: caConfigMap
      ? [{ configMap: { name: caConfigMap, items: [{ key: 'ca.crt', path: authority }] } }]
      : [],
  };
}

/** The connection by which the application reads and writes uploads, if they are in a bucket. */
export function toMedia(environment: AnyEnvironment): Outgoing[] {
  const bucket = bucketOf(environment);
  return bucket ? [toUploadStore(bucket, 'uploads are kept there')] : [];
}

/** The mount of the uploads in a container, if they are on a volume. */
export function mediaMounts(
  environment: AnyEnvironment,
  { readOnly = false } = {},
): readonly k8s.VolumeMount[] {
  return hasMediaVolume(environment) ? [{ name, mountPath: mediaPath, ...(readOnly && { readOnly }) }] : [];
}

/** The volume of the uploads in a pod, if they are on one. */
export function mediaVolumes(environment: AnyEnvironment): readonly k8s.Volume[] {
  return hasMediaVolume(environment) ? [{ name, persistentVolumeClaim: { claimName: name } }] : [];
}

/** What the claim of the uploads asks for, if they are on a volume. */
export function mediaVolumeOf(environment: AnyEnvironment): WantedVolume | undefined {
  const { kind, address, application } = environment;
  if (!application.media || !hasMediaVolume(environment)) return undefined;
  const isLocal = kind === 'dev' || address.kind === 'local' || application.media.on === 'bucket';
  const { data } = clusterOf(environment).storageClasses;
  return {
    accessMode: 'ReadWriteMany',
    ...(data !== undefined && { storageClassName: data }),
    ...(isLocal ? localVolume : application.media.volume[kind]),
  };
}

/**
 * The claim of the uploads, if they are on a volume. Only its own deletion, or that of the namespace, deletes it.
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
