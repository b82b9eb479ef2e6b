import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { application } from '../../environments/application.ts';
import type { AnyEnvironment, LocalImage } from '../../environments/environment.ts';
import { type ImageName, isThirdParty, localReference } from '../../environments/images.ts';
import { type Cluster, kindCluster } from '../cluster/cluster.ts';
import { root, run, succeeds } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { buildArguments } from './build-arguments.ts';
import { remembered } from './kind.ts';

/** How an image is built: `docker build OPTIONS docker/NAME`. */
interface Build {
  /** Files and folders below docker/NAME that it is made from. */
  readonly inputs: readonly string[];
  /** The stage of its Dockerfile, if it is not the last, and build arguments. */
  readonly options: readonly string[];
}

const webRequirements = ['Dockerfile', '.dockerignore', 'requirements.txt'];

/** With live source, web is another image. Every other image is built from its whole folder. */
function buildOf(
  image: ImageName,
  kind: AnyEnvironment['kind'],
  webArguments: Readonly<Record<string, string>>,
): Build {
  if (image !== 'web') return { inputs: ['.'], options: [] };
  const [target, inputs] =
    kind === 'dev' ? ['dev', ['requirements-dev.txt']] : ['production', ['gunicorn.conf.py', 'lib', 'app']];
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
  /** Arguments of `docker` that provide it. */
  readonly command: readonly string[];
  /** A local reference that exists once this content has been built. */
  readonly built: string;
}

/**
 * The images of an environment on the local cluster: dev's have the tag `dev`, the others a hash of their content.
 *
 * @param webArguments the build arguments of the image of web
 */
export function localImages(
  kind: AnyEnvironment['kind'],
  images: readonly ImageName[],
  webArguments: Readonly<Record<string, string>> = buildArguments(application),
): LocalImageBuild[] {
  return images.map((image) => {
    if (isThirdParty(image)) {
      const reference = localReference(image, '');
      const command = ['pull', reference];
      return {
        name: image,
        inputs: [],
        options: [],
        content: reference,
        reference,
        built: reference,
        command,
      };
    }
    const build = buildOf(image, kind, webArguments);
    const content = contentOf(join(root, 'docker', image), build);
    const built = localReference(image, content);
    const reference = kind === 'dev' ? localReference(image, 'dev') : built;
    const tags = [...new Set([reference, built])].flatMap((tag) => ['--tag', tag]);
    return {
      name: image,
      ...build,
      content,
      reference,
      built,
      command: ['build', ...tags, ...build.options, `docker/${image}`],
    };
  });
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
  report: (line: string) => void,
): Promise<'built' | 'cached'> {
  if (await succeeds('docker', ['image', 'inspect', image.built])) {
    if (image.reference !== image.built) await run('docker', ['tag', image.built, image.reference]);
    return 'cached';
  }
  const tee = function* (line: unknown) {
    report(String(line));
    yield line;
  };
  try {
    // BuildKit writes its progress to standard error.
    await run('docker', image.command, { all: true, stdout: ['pipe', tee], stderr: ['pipe', tee] });
    return 'built';
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const output = String(error.all ?? error.stderr ?? '')
      .trim()
      .split('\n');
    throw new UserError(
      `the image ${image.name} could not be had; the last lines of: docker ${image.command.join(' ')}\n` +
        output
          .slice(-30)
          .map((line) => `    ${line}`)
          .join('\n'),
    );
  }
}

export interface Loaded {
  /** `replaced` when pods may run an older image of the same reference, which then need a restart. */
  readonly result: 'loaded' | 'replaced' | 'there' | 'left to the node';
  /** What to record after that restart, so that this content is not loaded again. */
  readonly notes: Readonly<Record<string, string>>;
}

/**
 * Loads the image onto the local cluster's node, unless the node already has this content.
 *
 * @param loading is called before the image is loaded
 */
export async function loadImage(
  cluster: Cluster,
  image: LocalImageBuild,
  loading: () => void,
): Promise<Loaded> {
  const key = `image.${image.reference.replaceAll(/[/:]/g, '_')}`;
  const notes = { [key]: image.content };
  const before = (await remembered(cluster))[key];
  if (before === image.content) return { result: 'there', notes: {} };
  loading();
  try {
    await run('kind', ['load', 'docker-image', image.reference, '--name', kindCluster]);
  } catch (error) {
    // kind cannot load an image of several platforms of which Docker has one (kubernetes-sigs/kind#3795). The node can
    // pull a published image itself.
    const isIncomplete = error instanceof ExecaError && String(error.stderr).includes('content digest');
    if (!isIncomplete || !isThirdParty(image.name)) throw error;
    return { result: 'left to the node', notes };
  }
  return { result: before === undefined ? 'loaded' : 'replaced', notes };
}
