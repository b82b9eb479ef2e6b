import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { appOf } from '../../charts/synthesize.ts';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import type {
  Dev,
  Environment,
  LocalEnvironment,
  LocalImage,
  ObjectStore,
} from '../../environments/environment.ts';
import { type ImageName, imageNames, imagesBy } from '../../environments/images.ts';
import { kindContext } from '../cluster/cluster.ts';
import { manifestsOf } from '../cluster/manifests.ts';
import { root } from '../terminal/programs.ts';

export const environmentNames = Object.keys(environments) as EnvironmentName[];

/** `npm run up` of an environment on a cluster, as a person types it, with more options if there are any. */
export function upLine(name: EnvironmentName, context: string, ...options: readonly string[]): string {
  const words = [
    ...(name === 'dev' ? [] : [name]),
    ...(context === kindContext ? [] : [`--context ${context}`]),
    ...options,
  ];
  return ['npm run up', ...(words.length > 0 ? ['--'] : []), ...words].join(' ');
}

/** The names of the images that an environment's pods run. */
export function imageNamesOf(name: EnvironmentName): ImageName[] {
  const environment = environments[name];
  const manifests = JSON.stringify(manifestsOf(environment));
  return imageNames.filter((image) => manifests.includes(JSON.stringify(environment.images[image])));
}

/**
 * The environment as a local cluster runs it. Dev is as in dist/ where the cluster mounts the source. The others differ
 * from dist/ in the image references, the object store of the backups, the cluster, which is dev's, the address, from which
 * more follows: see the charts for `address.kind`, and in where their credentials come from if that is a store.
 *
 * @param reference the reference of each image on the local cluster
 * @param objectStore the object store of the local cluster; without one there are no backups
 * @param mountsSource whether the cluster has the folder that dev edits live; otherwise dev's image has the source
 */
export function localEnvironment(
  environment: Environment,
  reference: (image: ImageName) => LocalImage,
  objectStore: ObjectStore | undefined,
  mountsSource = true,
): LocalEnvironment {
  if (environment.kind === 'dev')
    return mountsSource ? environment : { ...environment, images: imagesBy(reference), liveEdit: undefined };
  const { cluster }: Dev = environments.dev;
  const backups = objectStore && { ...environment.backups, objectStore };
  const local = { cluster, images: imagesBy(reference), address: environment.localAddress, backups };
  return environment.kind === 'staging'
    ? { ...environment, ...local, credentials: 'generated', secretStore: undefined }
    : { ...environment, ...local, credentials: 'provided', secretStore: undefined };
}

/**
 * Writes the manifests of an environment as a local cluster runs it, unless they are those in dist/.
 *
 * @param generated the folder for those that differ
 * @returns the folder in which they are
 */
export function writeManifests(
  name: EnvironmentName,
  environment: LocalEnvironment,
  generated: string,
): string {
  if (environment === environments[name]) return manifestsFolder(name);
  const folder = join(generated, name);
  rmSync(resolve(root, folder), { recursive: true, force: true });
  appOf(environment, resolve(root, folder)).synth();
  return folder;
}
