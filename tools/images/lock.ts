import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PinnedImage } from '../../environments/environment.ts';
import {
  type ImageLock,
  type ImageName,
  isThirdParty,
  type LockedEnvironment,
  partsOf,
} from '../../environments/images.ts';
import { localImages } from '../local/images.ts';
import { root, synthesize } from '../terminal/programs.ts';

/** Where the images of staging and production stand. */
export const lockFile = 'environments/images.json';

/** What environments/images.json says now. */
export function readLock(): ImageLock {
  return JSON.parse(readFileSync(join(root, lockFile), 'utf8')) as ImageLock;
}

/** Writes other references of an environment into environments/images.json, and synthesizes dist/ with them. */
export async function writeLock(
  environment: LockedEnvironment,
  references: Readonly<Partial<Record<ImageName, PinnedImage>>>,
): Promise<void> {
  const lock = readLock();
  const changed = { ...lock, [environment]: { ...lock[environment], ...references } };
  writeFileSync(join(root, lockFile), `${JSON.stringify(changed, null, 2)}\n`);
  await synthesize();
}

/**
 * The name under which an image is published: an image of docker/ has a hash of its content as its tag, so an image that
 * has not changed is not published again. An image of somebody else has the tag of environments/images.json.
 */
export function publishedName(
  image: ImageName,
  reference: PinnedImage,
): { readonly repository: string; readonly tag: string } {
  const { repository, tag } = partsOf(reference);
  if (isThirdParty(image)) return { repository, tag };
  const [build] = localImages('production', [image]);
  if (build === undefined) throw new Error(`no build of the image ${image}`);
  return { repository, tag: build.content };
}

/** What differs between two sets of references, a line for each image, for people. */
export function differences(
  before: Readonly<Record<ImageName, PinnedImage>>,
  after: Readonly<Partial<Record<ImageName, PinnedImage>>>,
): string[] {
  const short = (reference: PinnedImage) => {
    const { tag, digest } = partsOf(reference);
    return `${tag} (${digest.slice(0, 'sha256:'.length + 12)})`;
  };
  return (Object.entries(after) as [ImageName, PinnedImage][])
    .filter(([name, reference]) => before[name] !== reference)
    .map(([name, reference]) => `${name}: ${short(before[name])} → ${short(reference)}`);
}
