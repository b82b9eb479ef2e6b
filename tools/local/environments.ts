import { type EnvironmentName, environments } from '../../environments/all.ts';
import type {
  CommonImage,
  LocalEnvironment,
  LocalImage,
  ObjectStore,
} from '../../environments/environment.ts';
import type { ImageName } from '../../environments/images.ts';

export const environmentNames = Object.keys(environments) as EnvironmentName[];

/** The names of the images that an environment runs. */
export function imageNamesOf(name: EnvironmentName): ImageName[] {
  return Object.keys(environments[name].images) as ImageName[];
}

/**
 * The environment as the local cluster runs it: what dist/ describes, but for the image references, the address and the
 * object store of its backups.
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
  const images: Record<CommonImage | 'nginx', LocalImage> = {
    web: reference('web'),
    nginx: reference('nginx'),
    postgres: reference('postgres'),
    elasticsearch: reference('elasticsearch'),
    credentials: reference('credentials'),
  };
  const backups = objectStore && { ...environment.backups, objectStore };
  return { ...environment, images, address: environment.localAddress, backups };
}
