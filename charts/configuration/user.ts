import type { k8s } from 'cdk8s-plus-27';
import { clusterOf, imagesUserId } from '../../environments/cluster.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';

/** The volume with the files of Postgres' ConfigMap. */
export const settingsVolume = { name: 'settings', configMap: { name: 'postgres' } } satisfies k8s.Volume;

/** Whether the cluster chooses the user, for whom Postgres' image then has no name. */
function isNameless(environment: AnyEnvironment): boolean {
  return clusterOf(environment).userId !== imagesUserId;
}

/**
 * The file of users for a container of Postgres' image, where the cluster chooses the user. initdb starts for no user
 * without a name, and the server lets a user into its socket by the name.
 *
 * @see https://www.postgresql.org/docs/17/auth-peer.html
 */
export function userFile(environment: AnyEnvironment): Record<string, string> {
  if (!isNameless(environment)) return {};
  const { userId } = clusterOf(environment);
  const users = ['root:x:0:0::/root', `postgres:x:${userId}:${userId}::/var/lib/postgresql`];
  return { passwd: users.map((user) => `${user}:/usr/sbin/nologin\n`).join('') };
}

/** Its mount. */
export function userMounts(environment: AnyEnvironment): k8s.VolumeMount[] {
  if (!isNameless(environment)) return [];
  return [{ name: settingsVolume.name, mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true }];
}

/** Its volume, for a pod that has the volume for nothing else. */
export function userVolumes(environment: AnyEnvironment): k8s.Volume[] {
  return isNameless(environment) ? [settingsVolume] : [];
}
