import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { anyOf, podsOf } from '../cluster/pods.ts';
import { inMember, listMembers, queryMember } from '../postgres/members.ts';
import { duration } from '../terminal/duration.ts';
import { boolean, nullable, number, object, readJson, string } from '../terminal/json.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** A replica that lags behind by more than this would take long to become the primary. */
const lagMebibytes = 64;

/**
 * Segments of 16 MiB: 1 GiB. If archiving keeps up, at most one waits, or some while much is written. The smallest
 * queue, a quarter of staging's volume, is dropped at 80.
 */
const mostWaiting = 64;

/** Whether one member is the primary, and the others are in sync with it. */
export async function postgresMembers({ cluster, environment }: Patient): Promise<Finding> {
  const { namespace, postgres } = environment;
  const kubectl = `kubectl --context ${cluster.context} --namespace ${namespace}`;
  const members = await listMembers(cluster, namespace, postgres.members);
  const leaders = members.filter(({ Role }) => Role === 'Leader');
  const replicas = members.filter(({ Role }) => Role !== 'Leader');
  const list = `${kubectl} exec postgres-0 --container postgres -- patronictl list`;
  const [leader] = leaders;
  if (leader === undefined || leaders.length > 1)
    return bad(`${leaders.length} members are primary, expected 1`, `look at: ${list}`);
  const ill = [
    ...(leader.State === 'running' ? [] : [`${leader.Member} is the primary and ${leader.State}`]),
    ...replicas.filter(({ State }) => State !== 'streaming').map((m) => `${m.Member} is ${m.State}`),
    ...replicas
      .filter((member) => Number(member['Lag in MB'] ?? 0) > lagMebibytes)
      .map((member) => `${member.Member} is ${member['Lag in MB']} MB behind`),
  ];
  if (members.length < postgres.members)
    ill.unshift(`${members.length} of ${postgres.members} members are there`);
  if (ill.length > 0) return bad(ill.join('; '), `look at: ${list}`);
  if (await isPaused(cluster, environment))
    return warning(
      'Patroni is paused: no member takes over if the primary fails',
      `when the maintenance is over: ${kubectl} exec ${leader.Member} --container postgres -- patronictl resume`,
    );
  const pending = members.filter((member) => member['Pending restart']).map(({ Member }) => Member);
  if (pending.length > 0) {
    return warning(
      `${pending.join(', ')} must restart before a changed setting holds`,
      `${kubectl} rollout restart statefulset/postgres`,
    );
  }
  const standbys = members.filter(({ Role }) => Role === 'Sync Standby').length;
  if (members.length > 1 && standbys === 0)
    return warning(
      'no replica is in sync: a commit is on one member only, and a failover may lose it',
      `it is in sync again by itself within seconds; if not, look at: ${list}`,
    );
  return good(
    members.length === 1
      ? `${leader.Member} is running`
      : `${leader.Member} is the primary, ${replicas.length} replicas are streaming, ${standbys} of them in sync`,
  );
}

const statistics = object({
  failing: boolean,
  last: nullable(string),
  seconds: nullable(number),
  failed: nullable(string),
  waiting: number,
});

/** Whether WAL reaches the object store. It asks Postgres, because an unavailable store does not answer. */
export async function archive({ cluster, environment }: Patient): Promise<Finding> {
  const leader = await leaderOf(cluster, environment);
  const query = `SELECT json_build_object(
    'failing', coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
    'last', last_archived_time, 'failed', last_failed_wal,
    'seconds', extract(epoch FROM now() - last_archived_time)::int,
    'waiting', (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'))
    FROM pg_stat_archiver`;
  const answer = await queryMember(cluster, environment.namespace, leader, query);
  const archiver = readJson('pg_stat_archiver', answer, statistics);
  const log = `kubectl --context ${cluster.context} --namespace ${environment.namespace} logs ${leader} --container postgres`;
  if (archiver.failing)
    return bad(
      `${archiver.failed} cannot be archived, ${archiver.waiting} files wait; the last success: ${archiver.last ?? 'never'}`,
      `the reason is in: ${log}`,
    );
  if (archiver.waiting > mostWaiting)
    return bad(
      `archiving does not keep up, ${archiver.waiting} files wait; the last success: ${archiver.last ?? 'never'}`,
      `the reason is in: ${log}`,
    );
  if (archiver.last === null)
    return warning('nothing has been archived yet', `if that lasts, look at: ${log}`);
  return good(`last file ${duration(archiver.seconds ?? 0)} ago, ${archiver.waiting} wait`);
}

/** The primary, or otherwise the first member. */
export async function leaderOf(cluster: Cluster, { namespace, postgres }: AnyEnvironment): Promise<string> {
  const members = await listMembers(cluster, namespace, postgres.members);
  return members.find(({ Role }) => Role === 'Leader')?.Member ?? 'postgres-0';
}

/** Whether an operator has paused Patroni. Its list shows this to people, but not as JSON. */
async function isPaused(cluster: Cluster, { namespace, postgres }: AnyEnvironment): Promise<boolean> {
  const configuration = await anyOf(podsOf('postgres', postgres.members), (pod) =>
    inMember(cluster, namespace, pod, ['patronictl', 'show-config']),
  );
  return /^pause: true$/m.test(configuration);
}
