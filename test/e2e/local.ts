import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { LocalImage, ObjectStore } from '../../environments/environment.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { localImages } from '../../tools/local/images.ts';
import { localObjectStore } from '../../tools/local/object-store.ts';

/** The object store that runs in the cluster, and where. */
export async function objectStoreOf(cluster: Cluster): Promise<{ store: ObjectStore; namespace: string }> {
  const store = await localObjectStore(cluster);
  if (store === undefined || !('namespace' in store.reachedAt))
    throw new Error('the cluster has no object store: npm run object-store');
  return { store, namespace: store.reachedAt.namespace };
}

/** What an image of the environment is called, which is in the cluster when that was brought up. */
export function imageOf(
  environment: EnvironmentName,
  name: Parameters<typeof localImages>[1][number],
): LocalImage {
  const [image] = localImages(environments[environment].kind, [name]);
  if (image === undefined) throw new Error(`there is no image ${name}`);
  return image.reference;
}
