import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../lib/kubectl.ts';
import { type Attempt, overlap } from './attempts.ts';
import { addressesOf, apiServer, cutOff } from './cut.ts';
import { type Drill, takenOver } from './drill.ts';
import { doctorFinds } from './finding.ts';
import { givenUp, logMebibytes, moreLog, waitingSegments } from './log.ts';
import {
  allMembers,
  damagePage,
  healthy,
  inMember,
  type Member,
  primary,
  runInMember,
  sql,
  type Target,
} from './target.ts';
import { compare, startWriter } from './writer.ts';

const postgres = 'statefulset/postgres';

/** Sends a signal to every process in the member's container but the first, which the kernel protects. */
function signalAll(target: Target, pod: string, signal: 'STOP' | 'CONT' | 'KILL') {
  return inMember(target, pod, 'bash', '-c', `kill -${signal} -1`);
}

function deletePod({ cluster, namespace }: Target, pod: string, ...options: string[]) {
  return cluster.kubectl(['delete', 'pod', pod, '--namespace', namespace, ...options]);
}

/** @throws Error when the former primary may have acknowledged a row after the new one's first, or is primary again */
function requireNoOverlap(attempts: readonly Attempt[], former: Member, now: Member): void {
  if (now.pod === former.pod) throw new Error(`${former.pod} is the primary again, expected another member`);
  const rows = overlap(attempts, former.address);
  if (rows > 0)
    throw new Error(`${former.pod} acknowledged ${rows} rows when another member had begun to, expected 0`);
}

const switchover: Drill = {
  name: 'switchover',
  title: 'switchover by command',
  maxGapSeconds: 5,
  disturb: async (target, before) => {
    await runInMember(target, before.pod, 'patronictl', 'switchover', '--force');
    const after = await healthy(target);
    if (after.pod === before.pod) throw new Error(`${before.pod} is still the primary`);
    return '';
  },
};

const deletion: Drill = {
  name: 'deletion',
  title: "graceful deletion of the primary's pod",
  maxGapSeconds: 5,
  disturb: async (target, before) => {
    await deletePod(target, before.pod, '--timeout', '300s');
    return '';
  },
};

const kill: Drill = {
  name: 'kill',
  title: "the primary's container killed",
  maxGapSeconds: 5,
  // The kubelet restarts a container at once the first time, and after 10 s and more when it has just done so.
  prepare: async (target) => {
    const { pod } = await primary(target);
    if ((await restartCount(target, pod)) > 0) await deletePod(target, pod, '--timeout', '300s');
  },
  disturb: async (target, before) => {
    const restarts = await restartCount(target, before.pod);
    await signalAll(target, before.pod, 'KILL');
    await eventually(`a restart of ${before.pod}`, 60, async () => {
      return (await restartCount(target, before.pod)) > restarts;
    });
    return '';
  },
};

const rollout: Drill = {
  name: 'rollout',
  title: 'rollout restart of all members',
  maxGapSeconds: 5,
  disturb: async ({ cluster, namespace }) => {
    const where = [postgres, '--namespace', namespace];
    await cluster.kubectl(['rollout', 'restart', ...where]);
    await cluster.kubectl(['rollout', 'status', ...where, '--timeout', '600s']);
    return '';
  },
};

const freeze: Drill = {
  name: 'freeze',
  title: 'the primary frozen',
  maxGapSeconds: 25,
  disturb: async (target, before, writer) => {
    await signalAll(target, before.pod, 'STOP');
    try {
      await takenOver(writer, before);
    } finally {
      // The kubelet may have restarted the container by now; then there is nothing to continue.
      await signalAll(target, before.pod, 'CONT');
    }
    // What the old one still acknowledged after it went on would be among the rows of this writer, if the Service led there.
    const after = await healthy(target);
    requireNoOverlap(await writer.attempts(), before, after);
    return '';
  },
};

const loss: Drill = {
  name: 'loss',
  title: "the primary's pod removed at once and kept away",
  maxGapSeconds: 25,
  disturb: async (target, before, writer) => {
    const quota = ['quota', 'drill', '--namespace', target.namespace];
    await target.cluster.kubectl(['create', ...quota, '--hard', 'pods=0']);
    try {
      // Frozen first: a lost node gives no notice, but a pod that is deleted by force may still do so.
      await signalAll(target, before.pod, 'STOP');
      await deletePod(target, before.pod, '--force', '--grace-period', '0');
      await takenOver(writer, before);
    } finally {
      await target.cluster.kubectl(['delete', ...quota, '--ignore-not-found']);
    }
    await healthy(target);
    return '';
  },
};

/** @param cutSeconds how long; more than the 25 s in which another member takes over */
const partition = (cutSeconds: number): Drill => ({
  name: 'partition',
  title: 'the primary cut off from its peers and from the API server, not from clients',
  maxGapSeconds: 25,
  disturb: async (target, before, writer) => {
    const peers = (await allMembers(target)).filter(({ pod }) => pod !== before.pod);
    const direct = await startWriter(target, 'direct', `${before.pod}.postgres-headless`);
    try {
      await direct.progress(100, 60);
      const addresses = [...peers.map(({ address }) => address), await apiServer(target.cluster)];
      const healed = await cutOff(target, [before.pod], addresses, cutSeconds);
      await takenOver(writer, before);
      await healed();
      const after = await healthy(target);
      const told = await direct.attempts();
      const both = [...(await writer.attempts()), ...told];
      requireNoOverlap(both, before, after);
      const { acknowledged, lost } = await compare(target, after.pod, direct, told);
      if (lost > 0)
        throw new Error(
          `${lost} of the ${acknowledged} rows that ${before.pod} acknowledged to ${direct.name} are not on ${after.pod}`,
        );
      const last = both.filter(({ by }) => by === before.address).toSorted((a, b) => b.end - a.end)[0];
      const first = both.filter(({ by }) => by === after.address).toSorted((a, b) => a.end - b.end)[0];
      const between = (first?.end ?? Number.NaN) - (last?.end ?? Number.NaN);
      return `${between.toFixed(1)} s between the old primary's last row and the new one's first`;
    } finally {
      await direct.remove();
    }
  },
});

const apiLoss = (cutSeconds: number): Drill => ({
  name: 'api-loss',
  title: `the API server unreachable from all members for ${cutSeconds} s`,
  maxGapSeconds: 5,
  disturb: async (target, before) => {
    const members = (await allMembers(target)).map(({ pod }) => pod);
    const since = new Date().toISOString();
    const healed = await cutOff(target, members, [await apiServer(target.cluster)], cutSeconds);
    await healed();
    const after = await primary(target);
    if (after.pod !== before.pod) throw new Error(`${after.pod} took over from ${before.pod}`);
    const log = await logSince(target, before.pod, since);
    const inFailsafe = log.split('\n').filter((line) => line.includes('failsafe mode is enabled')).length;
    if (inFailsafe === 0) throw new Error(`${before.pod} did not notice that the API server was unreachable`);
    return `${inFailsafe} turns in failsafe mode`;
  },
});

/** @param cutSeconds how long; until the doctor says something of it, some 20 s pass */
const objectStoreLoss = (cutSeconds: number): Drill => ({
  name: 'object-store',
  title: `the object store unreachable from all members for ${cutSeconds} s`,
  // Each takes eleven minutes.
  runs: 1,
  maxGapSeconds: 5,
  disturb: async (target, before) => {
    const endpoint = `sed -n 's/^repo1-s3-endpoint=//p' "$PGBACKREST_CONFIG"`;
    const host = await runInMember(target, before.pod, 'bash', '-c', endpoint);
    const addresses = await addressesOf(target, before.pod, host.trim());
    const members = (await allMembers(target)).map(({ pod }) => pod);
    const since = new Date().toISOString();
    const healed = await cutOff(target, members, addresses, cutSeconds);
    const end = Date.now() + cutSeconds * 1000;
    let largest = 0;
    let finding: string | undefined;
    await sql(target, before.pod, 'SELECT pg_switch_wal()');
    while (Date.now() < end) {
      await sql(target, before.pod, moreLog);
      largest = Math.max(largest, await logMebibytes(target, before.pod));
      finding ??= await doctorFinds(target, 'Postgres archive', 'bad');
      await delay(1000);
    }
    await healed();
    if (finding === undefined) throw new Error('the doctor found nothing wrong with the archive meanwhile');
    const back = Date.now();
    await sql(target, before.pod, 'SELECT pg_switch_wal()');
    await eventually(`the archive of ${before.pod} catches up`, 120, async () => {
      return (await sql(target, before.pod, waitingSegments)) === '0';
    });
    const seconds = (Date.now() - back) / 1000;
    // Nothing waits either if it was dropped.
    for (const pod of members) {
      const dropped = (await logSince(target, pod, since)).split('\n').find((line) => line.includes(givenUp));
      if (dropped !== undefined)
        throw new Error(`${pod} dropped WAL that was to be archived, expected to keep all: ${dropped}`);
    }
    return `"${finding}"; at most ${largest.toFixed(0)} MiB of WAL; all archived ${seconds.toFixed(0)} s after it was back`;
  },
});

const corruption: Drill = {
  name: 'corruption',
  title: "a page of a table corrupted on the primary's disk",
  maxGapSeconds: 5,
  disturb: async (target, before) => {
    const table = 'drill.pages';
    await sql(target, before.pod, `CREATE TABLE ${table} AS SELECT i FROM generate_series(1, 10000) AS i`);
    await sql(target, before.pod, 'CHECKPOINT');
    const path = await sql(target, before.pod, `SELECT pg_relation_filepath('${table}')`);
    await damagePage(target, before.pod, path);
    await sql(target, before.pod, 'CREATE EXTENSION IF NOT EXISTS pg_buffercache SCHEMA drill');
    await sql(
      target,
      before.pod,
      `SELECT drill.pg_buffercache_evict(bufferid) FROM drill.pg_buffercache
       WHERE relfilenode = pg_relation_filenode('${table}')`,
    );
    const count = `SELECT count(*) FROM ${table}`;
    const answer = await sql(target, before.pod, count).catch((error: Error) => error.message);
    const reason = /invalid page in block 3 of relation/.exec(answer)?.[0];
    if (reason === undefined) throw new Error(`${before.pod} read the corrupted table: ${answer}`);
    const replica = (await allMembers(target)).find(({ pod }) => pod !== before.pod);
    const copy = replica && (await sql(target, replica.pod, count));
    if (copy !== '10000') throw new Error(`${replica?.pod} has ${copy} of 10000 rows`);
    return `"${reason}" on the primary; all rows on ${replica?.pod}`;
  },
};

const disturbances = (cut: { readonly briefly: number; readonly long: number }): readonly Drill[] => [
  switchover,
  deletion,
  kill,
  rollout,
  freeze,
  loss,
  partition(cut.briefly),
  apiLoss(cut.briefly),
  objectStoreLoss(cut.long),
  corruption,
];

/** The drills on Postgres' members, in the order in which they are run. */
export const postgresDrills = disturbances({ briefly: 60, long: 600 });

/** The same drills with shorter cuts, each of which the end-to-end tests run once. */
export const shortDrills = disturbances({ briefly: 35, long: 45 });

/** What the container of Postgres has said since a time in ISO 8601. */
function logSince({ cluster, namespace }: Target, pod: string, since: string): Promise<string> {
  const container = [pod, '--container', 'postgres', '--namespace', namespace];
  return cluster.kubectl(['logs', ...container, '--since-time', since]);
}

async function restartCount({ cluster, namespace }: Target, pod: string): Promise<number> {
  const count = 'jsonpath={.status.containerStatuses[?(@.name=="postgres")].restartCount}';
  const which = ['pod', pod, '--namespace', namespace];
  return Number(await cluster.kubectl(['get', ...which, '--output', count]));
}
