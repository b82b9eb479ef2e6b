import { type Cluster, cluster, kindCluster, kindContext } from '../cluster/cluster.ts';
import { type Engine, findEngine } from './engine.ts';

/** The programs that make local clusters whose nodes have images of their own. */
export type Maker = 'kind' | 'minikube' | 'k3d';

/** A cluster on this machine, and what is needed to bring images to it. */
export interface LocalCluster extends Cluster {
  /** Builds the images. */
  readonly engine: Engine;
  /** The program that made it, and its name there; undefined if its nodes run the images that the engine has. */
  readonly made: { readonly by: Maker; readonly name: string } | undefined;
}

/** The cluster that kind.yaml describes. */
export async function ownCluster(): Promise<LocalCluster> {
  return {
    ...cluster(kindContext),
    engine: await findEngine(),
    made: { by: 'kind', name: kindCluster },
  };
}
