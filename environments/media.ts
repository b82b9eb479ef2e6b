import type { Media } from './contract.ts';
import type { AnyEnvironment, Dev, Environment, ObjectStore } from './environment.ts';

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
