import { ExecaError, type Options } from 'execa';
import { roleLabel } from '../../charts/configuration/postgres.ts';
import { type Cluster, execIn, list } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/objects.ts';
import { anyOf, isPodReady, podsOf } from '../cluster/pods.ts';
import { until } from '../cluster/until.ts';
import { listOf, object, optional, readJson, string } from '../terminal/json.ts';

/** A member as Patroni sees it. */
export interface Member {
  /** Name of its pod. */
  readonly name: string;
  readonly isPrimary: boolean;
  /** Whether it serves: a primary that runs, or a replica that streams without lag. */
  readonly isInSync: boolean;
  /** Whether a commit waits for it. */
  readonly isSynchronous: boolean;
}

/** What `patronictl list` says about a member, in its own words. */
export type ListedMember = ReturnType<typeof listed>;

const listed = object({
  Member: string,
  Role: string,
  State: stateOrUnknown,
  'Lag in MB': optional(numberOrText),
  'Pending restart': optional(string),
});

/** Patroni reports no state of a member that has just lost its pod, or has just got one. */
function stateOrUnknown(value: unknown, at: string): string {
  return value === undefined ? 'unknown' : string(value, at);
}

/** Patroni reports a lag that it does not know as `unknown`. */
function numberOrText(value: unknown, at: string): number | string {
  return typeof value === 'number' ? value : string(value, at);
}

/** The pods of the members that exist. */
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

/** Runs a command in the Postgres container of a member, with its input if the options have one, and returns its output. */
export function inMember(
  cluster: Cluster,
  namespace: string,
  pod: string,
  command: readonly string[],
  options?: Options,
): Promise<string> {
  return execIn(cluster, { namespace, of: pod, container: 'postgres' }, command, options);
}

/** Runs a query on a member, as the superuser, who can connect only through the socket. */
export function queryMember(
  cluster: Cluster,
  namespace: string,
  pod: string,
  query: string,
  database = 'postgres',
): Promise<string> {
  const asSuperuser = ['--host', '/run/postgresql', '--username', 'postgres', '--dbname', database];
  const bare = ['--tuples-only', '--no-align'];
  return inMember(cluster, namespace, pod, ['psql', ...asSuperuser, ...bare, '--command', query]);
}

/**
 * What Patroni says about its members, from any member that answers.
 *
 * @param count how many there should be
 * @throws ExecaError when none answers
 */
export function listMembers(
  cluster: Cluster,
  namespace: string,
  count: number,
): Promise<readonly ListedMember[]> {
  const list = ['patronictl', 'list', '--format', 'json'];
  return anyOf(podsOf('postgres', count), async (pod) =>
    readJson(`patronictl list in ${pod}`, await inMember(cluster, namespace, pod, list), listOf(listed)),
  );
}

/**
 * Waits until `count` members are in sync: one primary, and replicas that stream from it, one of them synchronously.
 *
 * @throws UserError when they are not within the time, with what Patroni says of them
 */
export function waitForMembers(
  cluster: Cluster,
  namespace: string,
  count: number,
  timeoutSeconds: number,
): Promise<readonly Member[]> {
  return until(
    timeoutSeconds,
    async () => {
      try {
        const seen = (await listMembers(cluster, namespace, count)).map(memberOf);
        const isComplete = seen.length === count && seen.every(({ isInSync }) => isInSync);
        const isLed = seen.filter(({ isPrimary }) => isPrimary).length === 1;
        const isSafe = count === 1 || seen.some(({ isSynchronous }) => isSynchronous);
        return isComplete && isLed && isSafe ? { done: seen } : { waits: seen.map(describe).join(', ') };
      } catch (error) {
        // Each member is starting or ending.
        if (!(error instanceof ExecaError)) throw error;
        return { waits: error.shortMessage };
      }
    },
    (waits) =>
      `the ${count} members of postgres in ${namespace} are not in sync after ${timeoutSeconds} s: ${waits}\n` +
      `look with: kubectl --context ${cluster.context} exec --namespace ${namespace} postgres-0 --container postgres -- patronictl list`,
  );
}

function memberOf(listed: ListedMember): Member {
  const isPrimary = listed.Role === 'Leader';
  return {
    name: listed.Member,
    isPrimary,
    isInSync: isPrimary ? listed.State === 'running' : listed.State === 'streaming' && !listed['Lag in MB'],
    isSynchronous: listed.Role === 'Sync Standby' || listed.Role === 'Quorum Standby',
  };
}

function describe({ name, isPrimary, isInSync }: Member): string {
  return `${name} (${isPrimary ? 'primary' : 'replica'}${isInSync ? '' : ', not in sync'})`;
}
