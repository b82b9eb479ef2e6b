import { createHash } from 'node:crypto';
import { ExecaError } from 'execa';
import { lastLine, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** The platforms that every image is built for: the cluster's nodes may be of either. */
export const platforms = ['linux/amd64', 'linux/arm64'] as const;

export type Platform = (typeof platforms)[number];

/** An image as a registry has it. */
export interface Published {
  /** Hash of its manifest, or of its list of manifests: `sha256:…`. */
  readonly digest: string;
  /** The digest of its manifest for each platform. */
  readonly manifests: Readonly<Record<Platform, string>>;
}

interface Index {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
  }[];
}

/**
 * Asks the registry of an image what a reference to it means. Docker asks, so whoever has run `docker login` has access.
 *
 * @param reference `repository:tag` or `repository@digest`
 * @throws UserError when there is no such image, when the registry refuses to answer, or when a platform is missing
 * @see https://docs.docker.com/reference/cli/docker/buildx/imagetools/inspect/
 */
export async function published(reference: string): Promise<Published> {
  const text = await raw(reference);
  const { manifests = [] } = JSON.parse(text) as Index;
  const digestFor = (platform: Platform) =>
    manifests.find(({ platform: each }) => `${each?.os}/${each?.architecture}` === platform)?.digest;
  const [amd64, arm64] = platforms.map(digestFor);
  if (amd64 === undefined || arm64 === undefined) {
    const found = platforms.filter((platform) => digestFor(platform) !== undefined);
    // A manifest that is no list does not say its platform.
    const what = manifests.length === 0 ? 'one platform' : found.join(', ') || 'neither of them';
    throw new UserError(`${reference} is built for ${what}, expected ${platforms.join(' and ')}`);
  }
  return { digest: digestOf(text), manifests: { 'linux/amd64': amd64, 'linux/arm64': arm64 } };
}

/**
 * The digest of what a reference names, be it for one platform or several.
 *
 * @throws UserError when there is no such image, or when the registry refuses to answer
 */
export async function digestAt(reference: string): Promise<string> {
  return digestOf(await raw(reference));
}

/** Whether the registry has the image. Another answer than "yes" and "no" is an error, as in `published`. */
export async function isPublished(reference: string): Promise<boolean> {
  try {
    await raw(reference);
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

class NotFound extends UserError {}

/** The manifest of an image, or its list of manifests, byte for byte. */
async function raw(reference: string): Promise<string> {
  try {
    return await run('docker', ['buildx', 'imagetools', 'inspect', '--raw', reference], {
      stripFinalNewline: false,
    });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const answer = lastLine(error.stderr);
    if (/not found|manifest unknown|name unknown/i.test(answer))
      throw new NotFound(`${reference} does not exist in its registry`);
    if (/unauthorized|forbidden|denied|authorization failed/i.test(answer))
      throw new UserError(
        `${reference}: its registry gives no access, or has no such image: ${answer}\n` +
          `log in with: docker login ${reference.split('/')[0]}`,
      );
    throw new UserError(`${reference}: its registry could not be asked: ${answer}`);
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
