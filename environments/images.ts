import { existsSync } from 'node:fs';
import type { Application } from './contract.ts';
import type { LocalImage, PinnedImage } from './environment.ts';
import lock from './images.json' with { type: 'json' };

/** Every image: docker/NAME builds it, or somebody else publishes it. */
export type ImageName = keyof (typeof lock)[typeof promotedFrom];

/** The images of each environment that has images of its own. */
export type ImageLock = Readonly<Record<LockedEnvironment, Readonly<Record<ImageName, PinnedImage>>>>;

/** An environment that has images of its own in environments/images.json. */
export type LockedEnvironment = keyof typeof lock;

// JSON has no template literals. `validate` refuses what is no reference; an image that an environment lacks does not compile.
const pinned = lock satisfies Record<LockedEnvironment, Record<ImageName, string>> as ImageLock;

/** The environment that gets every version first; the others get its images by promotion. */
export const promotedFrom = 'staging' satisfies LockedEnvironment;

export const imageNames = Object.keys(lock[promotedFrom]) as ImageName[];

/** The images that pods run whose application is this one, where images are pinned. */
export function imagesFor({ redis, mail }: Application): ImageName[] {
  const isUsed: Partial<Record<ImageName, boolean>> = {
    redis: redis !== undefined,
    'mail-catcher': mail?.staging === 'caught',
  };
  return imageNames.filter((name) => isUsed[name] ?? true);
}

export const lockedEnvironments = Object.keys(lock) as LockedEnvironment[];

/** Whose images in environments/images.json an environment runs: its own or, if it has none there, those of another. */
export function ownerOf(
  environment: string,
  image: ImageName,
  reference: string,
): LockedEnvironment | undefined {
  return (
    lockedEnvironments.find((name) => name === environment) ??
    lockedEnvironments.find((name) => pinned[name][image] === reference)
  );
}

/** The digest of an image that nobody has published yet. */
export const noDigest = `sha256:${'0'.repeat(64)}`;

/** Every image of an environment, as environments/images.json pins it. */
export function pinnedImages(environment: LockedEnvironment): Record<ImageName, PinnedImage> {
  return { ...pinned[environment] };
}

/** Every image, as it is built from docker/ on this machine. */
export function devImages(): Record<ImageName, LocalImage> {
  return imagesBy((name) => localReference(name, 'dev'));
}

/** Name of an image that is built from docker/ on this machine; a published image keeps its own name. */
export function localReference(name: ImageName, tag: string): LocalImage {
  if (!isThirdParty(name)) return `coped-${name}:${tag}`;
  const published = partsOf(pinned[promotedFrom][name]);
  return `${published.repository}:${published.tag}`;
}

/** Whether somebody else builds and publishes it. */
export function isThirdParty(name: ImageName): boolean {
  return !existsSync(new URL(`../docker/${name}`, import.meta.url));
}

/** A value for each image. */
export function imagesBy<T>(value: (name: ImageName) => T): Record<ImageName, T> {
  return Object.fromEntries(imageNames.map((name) => [name, value(name)])) as Record<ImageName, T>;
}

/** The parts of `repository:tag@digest`. The host of a repository may have a port. */
export function partsOf(reference: PinnedImage): {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
} {
  const [name = '', digest = ''] = reference.split('@');
  const colon = name.lastIndexOf(':');
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}

/** The images of an environment that are not pinned to anything that exists, of those that its pods run. */
export function unpinnedImages(
  images: Readonly<Record<ImageName, string>>,
  application: Application,
): ImageName[] {
  return imagesFor(application).filter((name) => images[name].endsWith(`@${noDigest}`));
}
