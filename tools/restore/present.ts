import { type Cluster, get, list } from '../cluster/cluster.ts';
import type { PersistentVolumeClaim, StatefulSet } from '../cluster/objects.ts';
import { queryMember, readyPrimary } from '../postgres/members.ts';
import { UserError } from '../terminal/user-error.ts';

/** The StatefulSet of Postgres, as kubectl takes it. */
export const statefulSet = 'statefulset/postgres';

/** What the namespace holds, and the restore would replace. */
export interface Present {
  readonly hasStatefulSet: boolean;
  readonly claims: readonly PersistentVolumeClaim[];
  /** When the newest transaction was committed; undefined if no primary runs. */
  readonly lastCommit?: Date | undefined;
}

/** Reads the state of the namespace, and asks the primary. */
export async function readPresent(cluster: Cluster, namespace: string): Promise<Present> {
  const present = await list<PersistentVolumeClaim>(cluster, [
    'persistentvolumeclaims',
    '--namespace',
    namespace,
  ]);
  const claims = present.filter(({ metadata }) => /^data-postgres-\d+$/.test(metadata.name));
  const hasStatefulSet = await isDeployed(cluster, namespace);
  const primary = await readyPrimary(cluster, namespace);
  return {
    hasStatefulSet,
    claims,
    lastCommit: primary === undefined ? undefined : await lastCommit(cluster, namespace, primary),
  };
}

/** The StatefulSet of Postgres; undefined if it is not deployed. */
export function readStatefulSet(cluster: Cluster, namespace: string): Promise<StatefulSet | undefined> {
  return get<StatefulSet>(cluster, [statefulSet, '--namespace', namespace]);
}

/** Whether Postgres is deployed. */
export async function isDeployed(cluster: Cluster, namespace: string): Promise<boolean> {
  return (await readStatefulSet(cluster, namespace)) !== undefined;
}

/**
 * Refuses to replace data that is newer than the restore point, unless the person allows it.
 *
 * @throws UserError when what would be replaced may be newer
 */
export function refuseNewer(
  { claims, lastCommit }: Present,
  namespace: string,
  at: Date,
  discardNewer: boolean,
): void {
  if (claims.length === 0 || discardNewer) return;
  const means = '--discard-newer means that all the same; the volumes are kept';
  if (!lastCommit) {
    throw new UserError(
      `${names(claims)} in ${namespace} may hold newer data than the restore point ${at.toISOString()}, and no primary runs that could be asked\n${means}`,
    );
  }
  if (lastCommit > at) {
    throw new UserError(
      `the database in ${namespace} has transactions of ${lastCommit.toISOString()}, newer than the restore point ${at.toISOString()}\n${means}`,
    );
  }
}

async function lastCommit(cluster: Cluster, namespace: string, pod: string): Promise<Date> {
  // A server that has committed nothing since its start does not know. Its start is then later than any commit.
  const query = `SELECT extract(epoch FROM coalesce((pg_last_committed_xact()).timestamp, pg_postmaster_start_time()))`;
  return new Date(Number(await queryMember(cluster, namespace, pod, query)) * 1000);
}

function names(claims: readonly PersistentVolumeClaim[]): string {
  return claims.map(({ metadata }) => metadata.name).join(', ');
}
