import type { LocalImage, PinnedImage } from './environment.ts';
import lock from './images.json' with { type: 'json' };

export type ImageName = keyof typeof lock;

/**
 * The image of that name, as environments/images.json pins it.
 *
 * @throws when the digest is not `sha256:` and 64 hexadecimal digits
 */
export function pinned(name: ImageName): PinnedImage {
  const { repository, tag, digest } = lock[name];
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) {
    throw new Error(
      `environments/images.json: the digest of ${name} is "${digest}", expected sha256: and 64 hexadecimal digits`,
    );
  }
  return `${repository}:${tag}@sha256:${hex}`;
}

/** The image of that name, as it is built from docker/ on this machine; Elasticsearch's is the published one. */
export function local(name: ImageName, tag = 'dev'): LocalImage {
  const published = lock.elasticsearch;
  return name === 'elasticsearch' ? `${published.repository}:${published.tag}` : `coped-${name}:${tag}`;
}
