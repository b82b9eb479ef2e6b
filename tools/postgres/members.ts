import { setTimeout as delay } from 'node:timers/promises';
import { ExecaError } from 'execa';
import { roleLabel } from '../../charts/configuration/postgres.ts';
import { type Cluster, execIn, list } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/objects.ts';
import { isPodReady } from '../cluster/pods.ts';
import { UserError } from '../terminal/user-error.ts';

/** A member as Patroni sees it. */
export interface Member {
  /** Name of its pod. */
  readonly name: string;
  readonly isPrimary: boolean;
  /** Whether it serves: a primary that runs, or a replica that streams without lag. */
  readonly isInStep: boolean;
  /** Whether a commit waits for it. */
  readonly isSynchronous: boolean;
}

/** What `patronictl list` says of a member, in its own words. */
export interface ListedMember {
  readonly Member: string;
  readonly Role: string;
  readonly State: string;
  readonly 'Lag in MB'?: number | string;
  readonly 'Pending restart'?: string;
}

/** Gives the ListedMembers as JSON. */
export const listCommand = ['patronictl', 'list', '--format', 'json'];

/** The pods of the members, as far as there are any. */
export function memberPods(cluster: Cluster, namespace: string): Promise<readonly Pod[]> {
  const selector = ['--selector', 'app.kubernetes.io/name=postgres'];
  return list(cluster, ['pods', '--namespace', namespace, ...selector]);
}

/** The pod of the primary, if it is ready. */
export async function readyPrimary(cluster: Cluster, namespace: string): Promise<string | undefined> {
  return (await memberPods(cluster, namespace)).find(
    (pod) =>
      pod.metadata.labels?.[roleLabel] === 'primary' &&
      pod.metadata.deletionTimestamp === undefined &&
      isPodReady(pod),
  )?.metadata.name;
}

/** Runs a command in a member's container of Postgres, and gives its output. */
export function inMember(
  cluster: Cluster,
  namespace: string,
  pod: string,
  command: readonly string[],
): Promise<string> {
  return execIn(cluster, { namespace, of: pod, container: 'postgres' }, command);
}

/** Has a member answer a query, as the superuser, who comes over the socket only. */
export function queryMember(
  cluster: Cluster,
  namespace: string,
  pod: string,
  query: string,
): Promise<string> {
  const asSuperuser = ['--host', '/run/postgresql', '--username', 'postgres', '--dbname', 'postgres'];
  const bare = ['--tuples-only', '--no-align'];
  return inMember(cluster, namespace, pod, ['psql', ...asSuperuser, ...bare, '--command', query]);
}

/** What Patroni knows of its members, as the given one sees it. */
async function listMembers(cluster: Cluster, namespace: string, pod: string): Promise<Member[]> {
  const output = await inMember(cluster, namespace, pod, listCommand);
  return (JSON.parse(output) as ListedMember[]).map((listed) => {
    const isPrimary = listed.Role === 'Leader';
    return {
      name: listed.Member,
      isPrimary,
      isInStep: isPrimary ? listed.State === 'running' : listed.State === 'streaming' && !listed['Lag in MB'],
      isSynchronous: listed.Role === 'Sync Standby' || listed.Role === 'Quorum Standby',
    };
  });
}

/**
 * Waits until `count` members are in step: one primary, and replicas that stream from it, one of them synchronously.
 *
 * @throws UserError when they are not within the time, with what Patroni says of them
 */
export async function waitForMembers(
  cluster: Cluster,
  namespace: string,
  count: number,
  timeoutSeconds: number,
): Promise<readonly Member[]> {
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const seen = await anyView(cluster, namespace, count);
    if (typeof seen !== 'string') {
      const isComplete = seen.length === count && seen.every(({ isInStep }) => isInStep);
      const isLed = seen.filter(({ isPrimary }) => isPrimary).length === 1;
      const isSafe = count === 1 || seen.some(({ isSynchronous }) => isSynchronous);
      if (isComplete && isLed && isSafe) return seen;
    }
    if (Date.now() > end) {
      const state = typeof seen === 'string' ? seen : seen.map(describe).join(', ');
      throw new UserError(
        `the ${count} members of postgres in ${namespace} are not in step after ${timeoutSeconds} s: ${state}\n` +
          `look with: kubectl exec --namespace ${namespace} postgres-0 --container postgres -- patronictl list`,
      );
    }
    await delay(1000);
  }
}

/** What the first member that answers says; or why none did. */
async function anyView(
  cluster: Cluster,
  namespace: string,
  count: number,
): Promise<readonly Member[] | string> {
  let reason = 'there is none';
  for (let index = 0; index < count; index += 1) {
    try {
      return await listMembers(cluster, namespace, `postgres-${index}`);
    } catch (error) {
      // A member that starts or is on its way out; the next one may know.
      if (!(error instanceof ExecaError)) throw error;
      reason = error.shortMessage;
    }
  }
  return reason;
}

function describe({ name, isPrimary, isInStep }: Member): string {
  return `${name} (${isPrimary ? 'primary' : 'replica'}${isInStep ? '' : ', not in step'})`;
}
