import { type EnvironmentName, environments } from '../environments/all.ts';
import type { CommonImage, LocalEnvironment, LocalImage } from '../environments/environment.ts';
import type { ImageName } from '../environments/images.ts';

export const environmentNames = Object.keys(environments) as EnvironmentName[];

/** The names of the images that an environment runs. */
export function imageNamesOf(name: EnvironmentName): ImageName[] {
  return Object.keys(environments[name].images) as ImageName[];
}

/**
 * The environment as the local cluster runs it: what dist/ describes, but for the image references and the address.
 *
 * @param reference the reference of each image on the local cluster
 */
export function localEnvironment(
  name: EnvironmentName,
  reference: (image: ImageName) => LocalImage,
): LocalEnvironment {
  const environment = environments[name];
  if (environment.kind === 'dev') return environment;
  const deployed: Record<CommonImage | 'nginx', LocalImage> = {
    web: reference('web'),
    nginx: reference('nginx'),
    postgres: reference('postgres'),
    elasticsearch: reference('elasticsearch'),
  };
  return environment.kind === 'staging'
    ? {
        ...environment,
        images: { ...deployed, credentials: reference('credentials') },
        address: environment.localAddress,
      }
    : { ...environment, images: deployed, address: environment.localAddress };
}
