import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { isThirdParty } from '../../environments/images.ts';
import { run } from '../terminal/programs.ts';
import { nameFor } from './engine.ts';
import type { LocalImageBuild } from './images.ts';
import { remembered } from './kind.ts';
import type { LocalCluster, Maker } from './local-cluster.ts';

/** How a program that makes local clusters brings an image to the nodes of one: the arguments that it takes. */
interface Loading {
  /** For an image of Docker, by its name. */
  readonly byName: (reference: string, name: string) => readonly string[];
  /** For an image of another engine, from an archive. */
  readonly byArchive: (file: string, name: string) => readonly string[];
}

const minikube = (what: string, name: string) => ['--profile', name, 'image', 'load', what];
const k3d = (what: string, name: string) => ['image', 'import', what, '--cluster', name];

/** @see https://minikube.sigs.k8s.io/docs/commands/image/ and https://k3d.io/stable/usage/commands/k3d_image_import/ */
const loadings = {
  kind: {
    byName: (reference, name) => ['load', 'docker-image', reference, '--name', name],
    byArchive: (file, name) => ['load', 'image-archive', file, '--name', name],
  },
  minikube: { byName: minikube, byArchive: minikube },
  k3d: { byName: k3d, byArchive: k3d },
} as const satisfies Readonly<Record<Maker, Loading>>;

export interface Loaded {
  /** `replaced` when pods may run an older image of the same reference, which then need a restart. */
  readonly result: 'loaded' | 'replaced' | 'there' | "the engine's" | 'left to the node';
  /** What to record after that restart, so that this content is not loaded again. */
  readonly notes: Readonly<Record<string, string>>;
}

/**
 * Loads the image onto the nodes of a local cluster, unless they already have this content.
 *
 * @param loading is called before the image is loaded
 */
export async function loadImage(
  cluster: LocalCluster,
  image: LocalImageBuild,
  loading: () => void,
): Promise<Loaded> {
  if (cluster.made === undefined) return { result: "the engine's", notes: {} };
  const key = `image.${image.reference.replaceAll(/[/:]/g, '_')}`;
  const notes = { [key]: image.content };
  const before = (await remembered(cluster))[key];
  if (before === image.content) return { result: 'there', notes: {} };
  loading();
  try {
    await load(cluster.engine, cluster.made, nameFor(cluster.engine, image.reference));
  } catch (error) {
    // kind cannot load an image of several platforms of which Docker has one (kubernetes-sigs/kind#3795). The node can
    // pull a published image itself.
    const isIncomplete = error instanceof ExecaError && String(error.stderr).includes('content digest');
    if (!isIncomplete || !isThirdParty(image.name)) throw error;
    return { result: 'left to the node', notes };
  }
  return { result: before === undefined ? 'loaded' : 'replaced', notes };
}

/** kind asks Docker for an image by its name, whatever engine runs its nodes: the others save it into an archive. */
async function load(
  engine: LocalCluster['engine'],
  { by, name }: NonNullable<LocalCluster['made']>,
  reference: string,
): Promise<void> {
  const { byName, byArchive } = loadings[by];
  if (engine === 'docker') {
    await run(by, byName(reference, name));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    const file = join(folder, 'image.tar');
    await run(engine, ['save', '--output', file, reference]);
    await run(by, byArchive(file, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
