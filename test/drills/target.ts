import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { waitForMembers } from '../../tools/postgres/members.ts';
import { attemptIn, type Outcome } from '../lib/kubectl.ts';

/** A deployed environment, on which drills are run. */
export interface Target {
  readonly cluster: Cluster;
  readonly environment: AnyEnvironment;
  readonly namespace: string;
  /** Image of the application's pods there; it has Python and a driver for Postgres. */
  readonly webImage: string;
}

export interface Member {
  /** Name of its pod. */
  readonly pod: string;
  readonly address: string;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly podIP?: string };
  }[];
}

const members = 'app.kubernetes.io/name=postgres';
/** Patroni keeps it; the Service `postgres` selects by it. */
const primaryLabel = 'coped/role=primary';

/** The environment as it is deployed in a cluster. */
export async function deployed(cluster: Cluster, environment: AnyEnvironment): Promise<Target> {
  const { namespace } = environment;
  const image = 'jsonpath={.spec.template.spec.containers[0].image}';
  const web = ['get', 'deployment/web', '--namespace', namespace, '--output', image];
  return { cluster, environment, namespace, webImage: await cluster.kubectl(web) };
}

/** Runs a command in a member's container of Postgres. */
export function inMember(
  { cluster, namespace }: Target,
  pod: string,
  ...command: string[]
): Promise<Outcome> {
  return attemptIn(cluster, { namespace, of: pod, container: 'postgres' }, command);
}

/** Runs a command in a member's container of Postgres that must succeed. */
export async function runInMember(target: Target, pod: string, ...command: string[]): Promise<string> {
  const { exitCode, output } = await inMember(target, pod, ...command);
  if (exitCode !== 0) throw new Error(`${command.join(' ')} in ${pod} ended with ${exitCode}:\n${output}`);
  return output;
}

/** Overwrites bytes of the fourth page of a table's file, below Postgres, as a failing disk might. */
export async function damagePage(target: Target, pod: string, path: string): Promise<void> {
  const junk = `printf junk | dd of="$PGDATA/${path}" bs=1 seek=${3 * 8192 + 4000} conv=notrunc`;
  await runInMember(target, pod, 'bash', '-c', junk);
}

/** Runs statements as superuser, over the socket in the pod, and gives the rows with `|` between their columns. */
export function sql(target: Target, pod: string, statements: string): Promise<string> {
  const options = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1'];
  const database = ['--username', 'postgres', '--dbname', 'coped'];
  return runInMember(target, pod, 'psql', ...options, ...database, '--command', statements);
}

async function pods({ cluster, namespace }: Target, selector: string): Promise<Member[]> {
  const which = ['--namespace', namespace, '--selector', selector];
  const output = await cluster.kubectl(['get', 'pods', ...which, '--output', 'json']);
  return (JSON.parse(output) as PodList).items
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.podIP !== undefined)
    .map(({ metadata, status }) => ({ pod: metadata.name, address: status.podIP ?? '' }));
}

export function allMembers(target: Target): Promise<Member[]> {
  return pods(target, members);
}

/** The member that the Service `postgres` leads to. */
export async function primary(target: Target): Promise<Member> {
  const found = await pods(target, `${members},${primaryLabel}`);
  const [first] = found;
  if (found.length !== 1 || first === undefined)
    throw new Error(
      `${target.namespace} has ${found.length} pods with ${primaryLabel}: ${found.map(({ pod }) => pod).join(', ')}`,
    );
  return first;
}

/** Waits until one member is the primary and all others stream from it, and returns the primary. */
export async function healthy(target: Target, seconds = 180): Promise<Member> {
  const { cluster, namespace, environment } = target;
  await waitForMembers(cluster, namespace, environment.postgres.members, seconds);
  return primary(target);
}
