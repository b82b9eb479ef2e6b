import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { Dev, LocalEnvironment, LocalImage, ObjectStore } from '../../environments/environment.ts';
import { type ImageName, imageNames, imagesBy } from '../../environments/images.ts';
import { manifestsOf } from '../cluster/manifests.ts';

export const environmentNames = Object.keys(environments) as EnvironmentName[];

/** The names of the images that an environment's pods run. */
export function imageNamesOf(name: EnvironmentName): ImageName[] {
  const environment = environments[name];
  const manifests = JSON.stringify(manifestsOf(environment));
  return imageNames.filter((image) => manifests.includes(JSON.stringify(environment.images[image])));
}

/**
 * The environment as the local cluster runs it. It differs from dist/ in the image references, the address, the object store
 * of its backups, and the cluster, which is dev's.
 *
 * @param reference the reference of each image on the local cluster
 * @param objectStore the object store of the local cluster; without one there are no backups
 */
export function localEnvironment(
  name: EnvironmentName,
  reference: (image: ImageName) => LocalImage,
  objectStore: ObjectStore | undefined,
): LocalEnvironment {
  const environment = environments[name];
  if (environment.kind === 'dev') return environment;
  const { cluster }: Dev = environments.dev;
  const backups = objectStore && { ...environment.backups, objectStore };
  return { ...environment, cluster, images: imagesBy(reference), address: environment.localAddress, backups };
}
