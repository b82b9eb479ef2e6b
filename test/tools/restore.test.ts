import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { Backup, Repository } from '../../tools/backups.ts';
import type { Cluster } from '../../tools/cluster.ts';
import { checkReach, parseTime, refuseNewer, restore } from '../../tools/restore.ts';
import { type Claim, type Move, moveVolume } from '../../tools/volumes.ts';

const now = new Date('2026-11-23T12:00:00Z');

describe('--to', () => {
  test.each([
    ['2026-11-23T11:00:00Z', '2026-11-23T11:00:00.000Z'],
    ['2026-11-23T12:00:00+01:00', '2026-11-23T11:00:00.000Z'],
    ['2026-11-23 11:00:00.25Z', '2026-11-23T11:00:00.250Z'],
    ['2026-11-23T11:00Z', '2026-11-23T11:00:00.000Z'],
  ])('takes %s', (to, moment) => expect(parseTime(to, now)?.toISOString()).toBe(moment));

  test('takes latest', () => expect(parseTime('latest', now)).toBeUndefined());

  test.each(['yesterday', '', '2026-11-23', '2026-11-23T11:00:00', '2026-13-45T99:00:00Z', '11:00'])(
    'refuses "%s" and shows what it takes',
    (to) =>
      expect(() => parseTime(to, now)).toThrow(
        `--to is "${to}", expected latest or a time with its zone, for example 2026-11-23T12:00:00Z`,
      ),
  );

  test('refuses what has not come yet', () =>
    expect(() => parseTime('2026-11-23T12:00:01Z', now)).toThrow('which has not come yet'));
});

describe('what the object store holds', () => {
  const backup = (label: string, stop: string): Backup => ({
    label,
    type: 'full',
    timestamp: { start: 0, stop: Date.parse(stop) / 1000 },
    info: { size: 0, repository: { delta: 0 } },
    archive: { start: '', stop: '' },
  });
  const repository: Repository = {
    backups: [backup('A', '2026-11-21T00:00:00Z'), backup('B', '2026-11-22T00:00:00Z')],
    newest: null,
  };

  test('leads to every time after its oldest backup, and to none before', () => {
    expect(() => checkReach(repository, new Date('2026-11-21T00:00:01Z'), undefined)).not.toThrow();
    expect(() => checkReach(repository, new Date('2026-11-21T00:00:00Z'), undefined)).toThrow(
      'but the oldest backup leads to times after 2026-11-21T00:00:00.000Z only',
    );
  });

  test('leads to a time by a chosen backup only if that is older', () => {
    expect(() => checkReach(repository, new Date('2026-11-21T12:00:00Z'), 'A')).not.toThrow();
    expect(() => checkReach(repository, new Date('2026-11-21T12:00:00Z'), 'B')).toThrow(
      'but backup B leads to',
    );
  });

  test('may lack the backup that was chosen, or have none', () => {
    expect(() => checkReach(repository, undefined, 'C')).toThrow('there is no backup "C"; there are A, B');
    expect(() => checkReach({ backups: [], newest: null }, undefined, undefined)).toThrow('holds no backup');
  });
});

describe('what would be replaced', () => {
  const claims = [claim('data-postgres-0', 'old'), claim('data-postgres-1', 'older')];
  const at = new Date('2026-11-23T11:00:00Z');
  const refuse =
    (lastCommit: Date | undefined, discardNewer = false) =>
    () =>
      refuseNewer({ hasStatefulSet: true, claims, lastCommit }, 'coped-production', at, discardNewer);

  test('is refused when it is newer than the restore point', () =>
    expect(refuse(new Date('2026-11-23T11:00:01Z'))).toThrow(
      'has transactions of 2026-11-23T11:00:01.000Z, newer than the restore point 2026-11-23T11:00:00.000Z\n--discard-newer',
    ));

  test('is refused when nobody can be asked', () =>
    expect(refuse(undefined)).toThrow(
      'data-postgres-0, data-postgres-1 in coped-production may hold newer data',
    ));

  test('is replaced when it is older, or when that is meant', () => {
    expect(refuse(new Date('2026-11-23T10:59:59Z'))).not.toThrow();
    expect(refuse(new Date('2026-11-23T11:00:01Z'), true)).not.toThrow();
  });

  test('is nothing in an empty namespace', () =>
    expect(() => refuseNewer({ hasStatefulSet: false, claims: [] }, 'n', at, false)).not.toThrow());
});

function claim(name: string, volumeName: string): Claim {
  return {
    metadata: { name, labels: { 'app.kubernetes.io/name': 'postgres' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: {}, volumeName },
    status: { phase: 'Bound' },
  };
}

describe('moving a volume to another claim', () => {
  const { spec } = claim('data-postgres-0', 'pv');
  const move: Move = {
    volume: 'pv',
    from: 'data-postgres-0',
    to: 'kept',
    spec,
    labels: {},
    reclaimPolicy: 'Delete',
  };

  /** A cluster with these claims, in which deletions and creations take effect at once. */
  function cluster(...present: Claim[]): Cluster & { readonly changes: string[] } {
    const claims = new Map(present.map((each) => [each.metadata.name, each]));
    const changes: string[] = [];
    return {
      context: 'test',
      changes,
      kubectl: async (arguments_, options) => {
        const [verb, what, name] = arguments_;
        if (verb === 'get') {
          const found = claims.get(`${what}`.replace('persistentvolumeclaim/', ''));
          return found ? JSON.stringify(found) : '';
        }
        if (verb === 'delete') claims.delete(`${name}`);
        if (verb === 'create') {
          const made: Claim = JSON.parse(`${options?.input}`);
          claims.set(made.metadata.name, { ...made, status: { phase: 'Bound' } });
          changes.push(`create ${made.metadata.name} of ${made.spec.volumeName}`);
        } else changes.push(`${verb} ${name}`);
        return '';
      },
    };
  }

  const run = async (target: ReturnType<typeof cluster>) => {
    await moveVolume(target, 'coped-production', move, 1);
    return target.changes;
  };

  test('frees it from the old claim, then makes the new one', async () =>
    expect(await run(cluster(claim('data-postgres-0', 'pv')))).toEqual([
      'delete data-postgres-0',
      'patch pv',
      'create kept of pv',
    ]));

  test('goes on where it was cut off: after the old claim was deleted', async () =>
    expect(await run(cluster())).toEqual(['patch pv', 'create kept of pv']));

  test('does nothing when it is done, though another volume has the old name by now', async () =>
    expect(await run(cluster(claim('kept', 'pv'), claim('data-postgres-0', 'restored')))).toEqual([]));

  test('touches nothing when the new name belongs to another volume', async () => {
    const target = cluster(claim('kept', 'stranger'));
    await expect(run(target)).rejects.toThrow('has the volume stranger, not pv');
    expect(target.changes).toEqual([]);
  });
});

describe('a restore that was cut off', () => {
  const moves = [
    { from: 'postgres-restore-x', to: 'data-postgres-0', volume: 'pv-1', reclaimPolicy: 'Delete' },
  ];
  const begun = { id: 'x', to: 'latest', began: '2026-11-23T11:00:00Z', moves };
  const running = {
    kind: 'Pod',
    metadata: { name: 'postgres-1', labels: { 'coped/role': 'primary' } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };

  /** Goes on with it where Postgres runs; gives what it would have changed, up to the backup at the end. */
  async function goOn(plan: object): Promise<string[]> {
    const calls: string[] = [];
    const stop = new Error('the backup begins');
    const cluster: Cluster = {
      context: 'test',
      kubectl: async (arguments_) => {
        const call = arguments_.join(' ');
        if (call.includes('cronjob/postgres-backup-full')) throw stop;
        if (!call.startsWith('get ')) {
          calls.push(call);
          // What follows would need a cluster that really stops.
          if (call.includes('--replicas=0')) throw stop;
          return '';
        }
        if (call.includes('configmap/')) return JSON.stringify({ data: { plan: JSON.stringify(plan) } });
        if (call.includes('statefulset/')) return JSON.stringify({ spec: { replicas: 3 } });
        if (call.startsWith('get pods')) return JSON.stringify({ items: [running] });
        return '{}';
      },
    };
    const options = { to: 'latest', discardNewer: true, yes: true, timeout: 1 };
    await expect(restore(cluster, environments.production, 'production', options)).rejects.toBe(stop);
    return calls;
  }

  test('after the switch stops nothing and forgets nothing: people have written since', async () => {
    const calls = await goOn({ ...begun, isSwitched: true });
    expect(calls.filter((call) => /replicas=[01]$|delete configmap postgres-config/.test(call))).toEqual([]);
    expect(calls).toContain('scale statefulset/postgres --namespace coped-production --replicas=3');
    expect(calls).toContainEqual(expect.stringMatching(/^delete configmap postgres-restore /));
  });

  test('before the switch stops Postgres first', async () => {
    expect((await goOn(begun)).at(-1)).toBe(
      'scale statefulset/postgres --namespace coped-production --replicas=0',
    );
  });
});
