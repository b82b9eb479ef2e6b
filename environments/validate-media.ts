import type { AnyEnvironment, ObjectStore } from './environment.ts';
import type { Media } from './media.ts';
import { bucketOf, type MediaInBucket } from './media.ts';
import { bucketWord, cidrs, count, host, line, namespace, objectName, port, problemWith } from './rules.ts';

/** Values with which uploads cannot be kept, one sentence each. */
export function mediaProblems(media: Media | MediaInBucket): string[] {
  return [
    ...(media.on === 'claim' ? volumeProblems(media) : bucketProblems(media)),
    ...(media.backedUpBy === undefined ? [] : problemWith('media.backedUpBy', media.backedUpBy, line)),
  ];
}

function volumeProblems({ volume }: Media): string[] {
  return Object.entries(volume).flatMap(([kind, { storageGibibytes, storageClassName }]) => [
    ...problemWith(`media.volume.${kind}.storageGibibytes`, storageGibibytes, count),
    ...(storageClassName === undefined
      ? []
      : problemWith(`media.volume.${kind}.storageClassName`, storageClassName, objectName)),
  ]);
}

function bucketProblems({ bucket }: MediaInBucket): string[] {
  return Object.entries(bucket).flatMap(([kind, store]: [string, ObjectStore]) => {
    const path = `media.bucket.${kind}`;
    return [
      ...problemWith(`${path}.host`, store.host, host),
      ...problemWith(`${path}.port`, store.port, port),
      ...problemWith(`${path}.region`, store.region, bucketWord),
      ...problemWith(`${path}.bucket`, store.bucket, bucketWord),
      ...(store.caConfigMap === undefined
        ? []
        : problemWith(`${path}.caConfigMap`, store.caConfigMap, objectName)),
      ...('namespace' in store.reachedAt
        ? problemWith(`${path}.reachedAt.namespace`, store.reachedAt.namespace, namespace)
        : problemWith(`${path}.reachedAt.cidrs`, store.reachedAt.cidrs, cidrs)),
    ];
  });
}

/**
 * Who may write into the bucket of the uploads may write into all of it, so neither backups nor the uploads of another
 * environment may be there.
 */
export function bucketOfItsOwnProblems(environments: readonly AnyEnvironment[]): string[] {
  return environments.flatMap((environment, index) => {
    const bucket = bucketOf(environment);
    if (bucket === undefined) return [];
    const others = [
      ...environments.map((each) => ({ what: 'backups', each, store: each.backups?.objectStore })),
      // Of two that share one, the second says so.
      ...environments.slice(0, index).map((each) => ({ what: 'uploads', each, store: bucketOf(each) })),
    ];
    return others
      .filter(({ store }) => store?.host === bucket.host && store.bucket === bucket.bucket)
      .map(
        ({ what, each }) =>
          `media.bucket.${environment.kind}.bucket is ${JSON.stringify(bucket.bucket)}, expected another one than that of the ${what} of ${each.namespace}`,
      );
  });
}
