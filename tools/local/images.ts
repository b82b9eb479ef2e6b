import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { application } from '../../environments/application.ts';
import type { AnyEnvironment, LocalImage } from '../../environments/environment.ts';
import { type ImageName, isThirdParty, localReference } from '../../environments/images.ts';
import { root, run, succeeds } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { buildArguments } from './build-arguments.ts';
import { type Engine, nameFor } from './engine.ts';
import { wayOut } from './way-out.ts';

/** Which images: those of a kind of environment, or dev's for a cluster that cannot mount the source. */
export type ImagesFor = AnyEnvironment['kind'] | 'dev-with-source';

/** How an image is built: `docker build OPTIONS docker/NAME`. */
interface Build {
  /** Files and folders below docker/NAME that it is made from. */
  readonly inputs: readonly string[];
  /** The stage of its Dockerfile, if it is not the last, and build arguments. */
  readonly options: readonly string[];
}

const webRequirements = ['Dockerfile', '.dockerignore', 'requirements.txt'];

/** The stages of web that are no production, and what they are made from. */
const webStages: Readonly<Partial<Record<ImagesFor, readonly string[]>>> = {
  dev: ['requirements-dev.txt'],
  'dev-with-source': ['.'],
};

/** With live source, web is another image. Every other image is built from its whole folder. */
function buildOf(image: ImageName, images: ImagesFor, webArguments: Readonly<Record<string, string>>): Build {
  if (image !== 'web') return { inputs: ['.'], options: [] };
  const ofStage = webStages[images];
  const target = ofStage ? images : 'production';
  const inputs = ofStage ?? ['gunicorn.conf.py', 'lib', 'app'];
  const pairs = Object.entries(webArguments).map(([name, value]) => `${name}=${value}`);
  return {
    inputs: [...webRequirements, ...inputs],
    options: ['--target', target, ...pairs.flatMap((pair) => ['--build-arg', pair])],
  };
}

/** An image of an environment on this machine. */
export interface LocalImageBuild extends Build {
  readonly name: ImageName;
  /** Hash of its inputs and options, in twelve hexadecimal digits; for a published image its reference. */
  readonly content: string;
  /** The reference that pods name. */
  readonly reference: LocalImage;
  /** A local reference that exists once this content has been built. */
  readonly built: string;
}

/**
 * The images of an environment on a local cluster: dev's have the tag `dev`, the others a hash of their content.
 *
 * @param webArguments the build arguments of the image of web
 */
export function localImages(
  imagesFor: ImagesFor,
  images: readonly ImageName[],
  webArguments: Readonly<Record<string, string>> = buildArguments(application),
): LocalImageBuild[] {
  return images.map((image) => {
    if (isThirdParty(image)) {
      const reference = localReference(image, '');
      return { name: image, inputs: [], options: [], content: reference, reference, built: reference };
    }
    const build = buildOf(image, imagesFor, webArguments);
    const content = contentOf(join(root, 'docker', image), build);
    const built = localReference(image, content);
    const reference = imagesFor === 'dev' ? localReference(image, 'dev') : built;
    return { name: image, ...build, content, reference, built };
  });
}

/**
 * Arguments of the engine that provide the image.
 *
 * @param out options by which a build reaches the internet
 */
export function commandOf(
  { name, options, reference, built }: LocalImageBuild,
  engine: Engine,
  out: readonly string[],
): string[] {
  if (isThirdParty(name)) return ['pull', reference];
  const tags = [...new Set([reference, built])].flatMap((tag) => ['--tag', nameFor(engine, tag)]);
  return ['build', ...tags, ...out, ...options, `docker/${name}`];
}

/**
 * A hash of the paths and contents of files, and of the options, in twelve hexadecimal digits. In folders it leaves out
 * what docker/web/.dockerignore does: hidden files, and what Python caches.
 */
export function contentOf(folder: string, { inputs, options }: Build): string {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesBelow(folder, input)).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0');
  }
  for (const option of options) hash.update(`${option}\0`);
  return hash.digest('hex').slice(0, 12);
}

function filesBelow(folder: string, path: string): string[] {
  if (!statSync(join(folder, path)).isDirectory()) return [path];
  return readdirSync(join(folder, path))
    .filter((name) => name !== '__pycache__' && !name.startsWith('.'))
    .flatMap((name) => filesBelow(folder, join(path, name)));
}

/**
 * Builds or pulls the image, unless this content exists already.
 *
 * @param report is told each line that the build prints
 * @throws UserError with the end of the build's output when it fails
 */
export async function buildImage(
  image: LocalImageBuild,
  engine: Engine,
  report: (line: string) => void,
): Promise<'built' | 'cached'> {
  const built = nameFor(engine, image.built);
  const reference = nameFor(engine, image.reference);
  if (await succeeds(engine, ['image', 'inspect', built])) {
    if (reference !== built) await run(engine, ['tag', built, reference]);
    return 'cached';
  }
  const { options, env } = wayOut();
  const command = commandOf(image, engine, options);
  const tee = function* (line: unknown) {
    report(String(line));
    yield line;
  };
  try {
    // BuildKit writes its progress to standard error.
    await run(engine, command, { env, all: true, stdout: ['pipe', tee], stderr: ['pipe', tee] });
    return 'built';
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const output = String(error.all ?? error.stderr ?? '')
      .trim()
      .split('\n');
    throw new UserError(
      `the image ${image.name} could not be had; the last lines of: ${engine} ${command.join(' ')}\n` +
        output
          .slice(-30)
          .map((line) => `    ${line}`)
          .join('\n'),
    );
  }
}
