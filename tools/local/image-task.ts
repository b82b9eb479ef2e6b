import type { ListrTask } from 'listr2';
import { buildImage, type LocalImageBuild } from './images.ts';
import { loadImage } from './load-image.ts';
import type { LocalCluster } from './local-cluster.ts';

/** What the images of an environment leave to the steps that follow. */
export interface ImageContext {
  /** References under which pods may run an older image. */
  readonly replaced: Set<string>;
  /** What to record about the images once their pods are restarted. */
  readonly notes: Record<string, string>;
}

const loadResult = {
  there: 'in the cluster already',
  loaded: 'loaded into the cluster',
  replaced: 'loaded into the cluster in place of an older one',
  "the engine's": "the cluster has the engine's images",
  'left to the node': 'kind could not load it, so the node pulls it by itself',
};

/** The step of `up` that builds an image, and loads it into the cluster. */
export function imageTask<Context extends ImageContext>(
  local: LocalCluster,
  image: LocalImageBuild,
): ListrTask<Context> {
  const { engine, made } = local;
  return {
    title: image.name,
    task: async (context, task) => {
      if (!process.stdout.isTTY) task.output = `${engine} provides it`;
      const built = await buildImage(image, engine, (line) => {
        // Elsewhere than on a terminal it would stay, and the error shows its end again.
        if (process.stdout.isTTY) task.output = line;
      });
      const loaded = await loadImage(local, image, () => {
        task.output = `${made?.by} loads it into the cluster`;
      });
      if (loaded.result === 'replaced') context.replaced.add(image.reference);
      Object.assign(context.notes, loaded.notes);
      task.title = `${image.name}: ${built}, ${loadResult[loaded.result]}`;
    },
  };
}
