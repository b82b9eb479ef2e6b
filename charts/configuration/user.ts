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
 * The files of users and groups for a container of Postgres' image, where the cluster chooses the user. initdb starts for no
 * user without a name, the server lets a user into its socket by the name, and pgBackRest records the names with a backup.
 *
 * @see https://www.postgresql.org/docs/17/auth-peer.html
 */
export function userFiles(environment: AnyEnvironment): Record<string, string> {
  if (!isNameless(environment)) return {};
  const { userId } = clusterOf(environment);
  const home = '/var/lib/postgresql';
  return {
    passwd: `root:x:0:0::/root:/usr/sbin/nologin\npostgres:x:${userId}:${userId}::${home}:/usr/sbin/nologin\n`,
    group: `root:x:0:\npostgres:x:${userId}:\n`,
  };
}

/** Their mounts. */
export function userMounts(environment: AnyEnvironment): k8s.VolumeMount[] {
  return Object.keys(userFiles(environment)).map((file) => ({
    name: settingsVolume.name,
    mountPath: `/etc/${file}`,
    subPath: file,
    readOnly: true,
  }));
}

/** Their volume, for a pod that has the volume for nothing else. */
export function userVolumes(environment: AnyEnvironment): k8s.Volume[] {
  return isNameless(environment) ? [settingsVolume] : [];
}
