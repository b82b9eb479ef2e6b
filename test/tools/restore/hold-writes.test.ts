import { describe, expect, test } from '@jest/globals';
import { ExecaError } from 'execa';
import { environments } from '../../../environments/all.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { restore } from '../../../tools/commands/restore.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';

const point = Date.parse('2026-11-23T10:00:00Z');
const plan = { id: 'x', to: new Date(point).toISOString(), began: '2026-11-23T10:05:00Z' };
const moves = [
  { from: 'postgres-restore-x', to: 'data-postgres-0', volume: 'pv-1', reclaimPolicy: 'Delete', labels: {} },
];
const decided = { ...plan, moves, point: plan.to };

const bound = { spec: { volumeName: 'pv-1', persistentVolumeReclaimPolicy: 'Delete' } };
const primary = {
  metadata: { name: 'postgres-0', labels: { 'coped/role': 'primary' } },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'postgres', state: { running: {} } }],
  },
};
const backups = [
  {
    label: 'A',
    type: 'full',
    timestamp: { start: 0, stop: 1 },
    info: { size: 0, repository: { delta: 0 } },
  },
];
const repository = { backups, newest: { segment: '0', at: '2026-11-23T11:00:00Z' }, gap: null };

/** What the process throws whose session is ended. */
function terminated(stderr: string): Error {
  return Object.assign(Object.create(ExecaError.prototype), { stderr });
}

/**
 * Restores to the point while the site writes a row as soon as it was asked for its last one so many times, if it can.
 *
 * @param unfinished the plan of the restore that was cut off
 * @param lock how the attempt to hold writes ends, where it fails
 */
async function restoreWhileSomebodyWrites(unfinished: object, writesAfter: number, lock?: string) {
  let lastCommit = point - 1000;
  let asked = 0;
  let isStopped = false;
  let isPatient = false;
  /** How the session ends that holds writes, by its database. */
  const holders = new Map<string, (reason: Error) => void>();

  const answer = (call: string): string | Promise<string> => {
    // What takes its time has to wait: writes are held for so long only.
    if (/^(patch|delete) /.test(call) && !isStopped) isPatient = true;
    if (call.includes('describe-backups')) return JSON.stringify(repository);
    if (call.includes('FROM pg_database')) return "coped\nmeasurements\nit's\n";
    if (call.includes('pg_terminate_backend')) {
      for (const end of holders.values()) end(terminated('FATAL: terminating connection'));
      holders.clear();
      return '';
    }
    if (call.includes('PgSleep')) return `${holders.size}\n`;
    if (call.includes('LOCK TABLE')) {
      const [, name = 'none'] = / --dbname=dbname='(.*)' application_name/.exec(call) ?? [];
      if (lock !== undefined && name === 'measurements') return Promise.reject(terminated(lock));
      return new Promise((_, reject) => {
        holders.set(name, reject);
      });
    }
    if (call.includes('pg_last_committed_xact')) {
      asked += 1;
      const told = lastCommit;
      if (asked >= writesAfter && holders.size < 3) lastCommit = point + 1000;
      return `${told / 1000}`;
    }
    if (call.includes('--replicas=0')) {
      isStopped = true;
      throw new Error('stopped');
    }
    if (call.startsWith('get configmap/'))
      return JSON.stringify({ data: { plan: JSON.stringify(unfinished) } });
    if (call.startsWith('get --raw')) return JSON.stringify({ items: [] });
    if (call.startsWith('get pods')) return JSON.stringify({ items: [primary] });
    if (call.startsWith('get persistentvolumeclaims'))
      return JSON.stringify({ items: [{ metadata: { name: 'data-postgres-0' }, ...bound }] });
    if (call.startsWith('get statefulset/'))
      return JSON.stringify({ metadata: { generation: 7 }, spec: { replicas: 3 } });
    if (call.startsWith('get job/'))
      return JSON.stringify({ status: { conditions: [{ type: 'Complete', status: 'True' }] } });
    if (call.startsWith('get persistentvolume')) return JSON.stringify({ metadata: {}, ...bound });
    return '';
  };
  const cluster: Cluster = { context: 'test', kubectl: async (arguments_) => answer(arguments_.join(' ')) };
  const options = { to: plan.to, discardNewer: false, yes: true, timeout: 1 };
  const error: unknown = await restore(cluster, environments.production, 'production', options).catch(
    (thrown: unknown) => thrown,
  );
  return {
    error,
    isStopped,
    isLost: isStopped && lastCommit > point,
    held: [...holders.keys()],
    isPatient,
  };
}

describe.each([
  ['a restore', plan],
  ['a restore that was cut off before the switch', decided],
])('%s', (_, unfinished) => {
  test('stops Postgres with nothing written after the last check', async () => {
    const found = await restoreWhileSomebodyWrites(unfinished, 2);
    expect(found).toMatchObject({ isStopped: true, isLost: false, isPatient: false });
    expect(found.held).toEqual(['coped', 'measurements', "it\\'s"]);
  });

  test('is refused when something was written before it, and then writes go on', async () => {
    const found = await restoreWhileSomebodyWrites(unfinished, 1);
    expect(`${found.error}`).toMatch(/has transactions of .* newer than the restore point/);
    expect(found).toMatchObject({ isStopped: false, held: [] });
  });

  test('says which transaction keeps it from holding writes', async () => {
    const { error, isStopped, held } = await restoreWhileSomebodyWrites(unfinished, 2, 'ERROR: lock timeout');
    expect(error).toBeInstanceOf(UserError);
    expect(`${error}`).toMatch(/coped-production cannot be held: ERROR: lock timeout\nlet the transactions/);
    expect([isStopped, held]).toEqual([false, []]);
  });
});
