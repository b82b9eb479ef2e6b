import type { AnyEnvironment, Dev, Environment, ObjectStore } from './environment.ts';

/**
 * Uploads of visitors, as files of one volume. The server and every process read and write them; visitors get them at
 * `/media/`. The backups of Postgres do not hold them.
 */
export interface Media {
  readonly on: 'claim';
  /** The volume in each cluster. The local cluster has one node, whose default StorageClass makes it. */
  readonly volume: Readonly<Record<Exclude<Environment, Dev>['kind'], MediaVolume>>;
  /**
   * Who backs the volume up, in one clause such as `snapshots of the provider, each night`.
   * @default nobody, of which `npm run doctor` warns
   */
  readonly backedUpBy?: string;
}

/** A volume that all pods of the web image and nginx mount. */
export interface MediaVolume {
  /** In GiB. */
  readonly storageGibibytes: number;
  /** @default `storageClasses.data` of the cluster, or its default class, which mostly makes volumes for one node only */
  readonly storageClassName?: string;
  /**
   * Whether pods on several nodes mount it at once. `ReadWriteOnce` is for a cluster of one node.
   * @default 'ReadWriteMany'
   * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
   */
  readonly accessMode?: 'ReadWriteMany' | 'ReadWriteOnce';
}

/**
 * Uploads of visitors in a bucket of an S3 object store, which the server and every process read and write by
 * django-storages, or by any other client of S3. Visitors get them from the store itself. Its keys are credentials:
 * `AWS_S3_ACCESS_KEY_ID` and `AWS_S3_SECRET_ACCESS_KEY`. dev, and a trial on the local cluster, keep uploads on a volume,
 * as with `on: 'claim'`.
 */
export interface MediaInBucket extends Omit<Media, 'on' | 'volume'> {
  readonly on: 'bucket';
  /** The bucket of each kind, which holds nothing else. `reachedAt` is where pods reach the store; visitors reach its `host`. */
  readonly bucket: Readonly<Record<Exclude<Environment, Dev>['kind'], ObjectStore>>;
}

/**
 * The bucket in which an environment keeps uploads.
 *
 * @returns undefined where uploads are on a volume, as everywhere on the local cluster, and where there are none
 */
export function bucketOf({ kind, address, application: { media } }: AnyEnvironment): ObjectStore | undefined {
  if (media?.on !== 'bucket' || kind === 'dev' || address.kind === 'local') return undefined;
  return media.bucket[kind];
}

/** Whether an environment keeps uploads on a volume. */
export function hasMediaVolume(environment: AnyEnvironment): boolean {
  return environment.application.media !== undefined && bucketOf(environment) === undefined;
}
