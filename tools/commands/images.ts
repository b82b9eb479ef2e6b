import { application } from '../../environments/application.ts';
import {
  type ImageName,
  imagesFor,
  isThirdParty,
  pinnedImages,
  promotedFrom,
} from '../../environments/images.ts';
import { publishedName } from '../images/lock.ts';
import { digestAt, isPublished, type Platform, platforms, published } from '../images/registry.ts';
import { type Signer, signAndVerify } from '../images/sign.ts';
import { localImages } from '../local/images.ts';
import { wayOut } from '../local/way-out.ts';
import { requirePrograms, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/*
 * How an image is published: it is built for each platform on a machine of that platform, under a tag of the platform; these
 * are merged by their digests; the result is signed, and only then gets the tag of its content. So an image that has this
 * tag is complete, and a run that broke off goes on where it was.
 */

/** `npm run images -- missing`: the images of docker/ that nobody has published with this content, as a list in JSON. */
export async function printMissing(): Promise<void> {
  await requirePrograms('docker');
  const missing: ImageName[] = [];
  for (const image of imagesFor(application).filter((name) => !isThirdParty(name)))
    if (!(await isPublished(tagOf(image)))) missing.push(image);
  console.log(JSON.stringify(missing));
}

/**
 * `npm run images -- build IMAGE --platform PLATFORM`: builds an image and pushes it, with the provenance that BuildKit
 * notes.
 *
 * @see https://docs.docker.com/build/metadata/attestations/slsa-provenance/
 */
export async function buildAndPush(image: ImageName, platform: Platform): Promise<void> {
  await requirePrograms('docker');
  const [build] = localImages('production', [image]);
  if (build === undefined) throw new Error(`no build of the image ${image}`);
  const { options: out, env } = wayOut();
  const options = ['--platform', platform, '--provenance=mode=max', '--push', ...out];
  const tag = tagOf(image, platform);
  await run('docker', ['buildx', 'build', ...options, '--tag', tag, ...build.options, `docker/${image}`], {
    env,
    stdout: 'inherit',
    stderr: 'inherit',
  });
  console.log(`pushed ${tag}`);
}

/**
 * `npm run images -- merge IMAGE`: makes a list of the images of all platforms.
 *
 * @throws UserError when a platform is missing
 */
export async function merge(image: ImageName): Promise<void> {
  await requirePrograms('docker');
  const { repository } = nameOf(image);
  const parts: string[] = [];
  for (const platform of platforms) parts.push(`${repository}@${await digestAt(tagOf(image, platform))}`);
  await run('docker', ['buildx', 'imagetools', 'create', '--tag', tagOf(image, 'merged'), ...parts]);
  console.log(`${tagOf(image, 'merged')} is ${(await published(tagOf(image, 'merged'))).digest}`);
}

/**
 * `npm run images -- sign IMAGE`: signs the merged image, verifies the signature, and gives the image its own tag.
 *
 * @throws UserError when it is neither called by a workflow nor given a key
 */
export async function sign(image: ImageName, options: { readonly key?: string }): Promise<void> {
  await requirePrograms('docker', 'cosign', 'syft');
  const signer = signerOf(options);
  const { repository } = nameOf(image);
  const merged = await published(tagOf(image, 'merged'));
  await signAndVerify(repository, merged, signer);
  // A list that is the only one is copied as it is, so its digest, which is signed, stays.
  const source = `${repository}@${merged.digest}`;
  await run('docker', ['buildx', 'imagetools', 'create', '--tag', tagOf(image), source]);
  const { digest } = await published(tagOf(image));
  if (digest !== merged.digest)
    throw new Error(`${tagOf(image)} is ${digest}, but ${merged.digest} is what was signed`);
  console.log(`${tagOf(image)}@${digest} is signed and published`);
}

function signerOf({ key }: { readonly key?: string }): Signer {
  if (key !== undefined) return { keyFile: key };
  const { GITHUB_SERVER_URL: server, GITHUB_WORKFLOW_REF: workflow } = process.env;
  if (server === undefined || workflow === undefined)
    throw new UserError(
      'no identity to sign with: expected a workflow on GitHub (GITHUB_SERVER_URL and GITHUB_WORKFLOW_REF), or a key\n' +
        'make a key with: cosign generate-key-pair; then give it with --key cosign.key',
    );
  return { workflow: `${server}/${workflow}` };
}

function nameOf(image: ImageName) {
  return publishedName(image, pinnedImages(promotedFrom)[image]);
}

/** The tag of an image's content, or one on the way to it. */
function tagOf(image: ImageName, step?: Platform | 'merged'): string {
  const { repository, tag } = nameOf(image);
  return [`${repository}:${tag}`, ...(step === undefined ? [] : [step.replace('linux/', '')])].join('-');
}
