import { existsSync } from 'node:fs';
import type { LocalImage, PinnedImage } from './environment.ts';
import lock from './images.json' with { type: 'json' };

/** Every image: docker/NAME builds it, or somebody else publishes it. */
export type ImageName = keyof typeof lock;

export const imageNames = Object.keys(lock) as ImageName[];

/** Every image, as environments/images.json pins it. `validate` refuses a digest that cannot be one. */
export function pinnedImages(): Record<ImageName, PinnedImage> {
  return imagesBy((name) => {
    const { repository, tag, digest } = lock[name];
    return `${repository}:${tag}@${digest}` as PinnedImage;
  });
}

/** Every image, as it is built from docker/ on this machine. */
export function devImages(): Record<ImageName, LocalImage> {
  return imagesBy((name) => localReference(name, 'dev'));
}

/** Name of an image that is built from docker/ on this machine; a published image keeps its own name. */
export function localReference(name: ImageName, tag: string): LocalImage {
  const { repository, tag: published } = lock[name];
  return isThirdParty(name) ? `${repository}:${published}` : `coped-${name}:${tag}`;
}

/** Whether somebody else builds and publishes it. */
export function isThirdParty(name: ImageName): boolean {
  return !existsSync(new URL(`../docker/${name}`, import.meta.url));
}

/** A value for each image. */
export function imagesBy<T>(value: (name: ImageName) => T): Record<ImageName, T> {
  return Object.fromEntries(imageNames.map((name) => [name, value(name)])) as Record<ImageName, T>;
}
