import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { restore } from '../../../tools/commands/restore.ts';

describe('a restore that was cut off', () => {
  const moves = [
    { from: 'postgres-restore-x', to: 'data-postgres-0', volume: 'pv-1', reclaimPolicy: 'Delete' },
  ];
  const began = '2026-11-23T11:00:00Z';
  const begun = { id: 'x', to: 'latest', began, moves, point: '2026-11-23T10:59:00Z' };
  const claim = { metadata: { name: 'data-postgres-1' }, spec: {} };
  const running = {
    kind: 'Pod',
    metadata: { name: 'postgres-1', labels: { 'coped/role': 'primary' } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };

  const stop = new Error('the backup begins');

  /** Goes on with it where Postgres runs; gives what it would have changed, up to the backup at the end, and the error. */
  async function goOn(
    plan: object,
    discardNewer = false,
    applications: readonly object[] = [],
  ): Promise<{ calls: string[]; error: unknown }> {
    const calls: string[] = [];
    const cluster: Cluster = {
      context: 'test',
      kubectl: async (arguments_) => {
        const call = arguments_.join(' ');
        if (call.includes('cronjob/postgres-backup-full')) throw stop;
        // Writes are held at once, until Postgres stops.
        if (call.includes('LOCK TABLE')) return new Promise(() => undefined);
        if (call.includes('PgSleep')) return '1';
        // When the newest transaction was committed.
        if (call.startsWith('exec ')) return `${Date.parse(began) / 1000}`;
        if (!call.startsWith('get ')) {
          calls.push(call);
          // What follows would need a cluster that really stops.
          if (call.includes('--replicas=0')) throw stop;
          return '';
        }
        if (call.startsWith('get --raw')) return JSON.stringify({ items: applications });
        if (call.includes('configmap/')) return JSON.stringify({ data: { plan: JSON.stringify(plan) } });
        if (call.includes('statefulset/'))
          return JSON.stringify({ metadata: { generation: 7 }, spec: { replicas: 3 } });
        if (call.startsWith('get pods')) return JSON.stringify({ items: [running] });
        if (call.startsWith('get persistentvolumeclaims')) return JSON.stringify({ items: [claim] });
        return '{}';
      },
    };
    const options = { to: 'latest', discardNewer, yes: true, timeout: 1 };
    const error = await restore(cluster, environments.production, 'production', options).catch(
      (thrown: unknown) => thrown,
    );
    return { calls, error };
  }

  test('after the switch stops nothing and forgets nothing: people have written since', async () => {
    const { calls, error } = await goOn({ ...begun, switched: { stopped: began } });
    expect(error).toBe(stop);
    expect(calls.filter((call) => /replicas=[01]$|delete configmap postgres-config/.test(call))).toEqual([]);
    expect(calls).toContain('scale statefulset/postgres --namespace coped-production --replicas=3');
  });

  test('is remembered until its backup is there: the same command must not restore once more', async () => {
    const { calls } = await goOn({ ...begun, switched: { stopped: began } });
    expect(calls).not.toContainEqual(expect.stringMatching(/^delete configmap postgres-restore /));
  });

  test('before the switch stops Postgres first, where what is newer may be put aside', async () => {
    const { calls, error } = await goOn(begun, true);
    expect(error).toBe(stop);
    expect(calls.at(-1)).toBe('scale statefulset/postgres --namespace coped-production --replicas=0');
  });

  test('pauses Argo CD before it stops Postgres, and resumes it only when Postgres serves', async () => {
    const metadata = { name: 'app', namespace: 'argocd' };
    const spec = { destination: { namespace: 'coped-production' } };
    const stopped = await goOn(begun, true, [{ metadata, spec }]);
    expect(stopped.calls.slice(-2)).toEqual([
      expect.stringMatching(/^annotate .*skip-reconcile=true coped\/paused-by=restore$/),
      expect.stringContaining('--replicas=0'),
    ]);
    const annotations = { 'argocd.argoproj.io/skip-reconcile': 'true', 'coped/paused-by': 'restore' };
    const application = { metadata: { ...metadata, annotations }, spec };
    const { calls } = await goOn({ ...begun, switched: { stopped: began } }, false, [application]);
    const annotated = calls.filter((call) => call.startsWith('annotate '));
    expect(annotated).toEqual([expect.stringMatching(/skip-reconcile- coped\/paused-by-$/)]);
    expect(calls.indexOf(annotated[0] ?? '')).toBeGreaterThan(
      calls.findIndex((call) => call.startsWith('rollout status')),
    );
  });

  test('before the switch goes on where nothing has started Postgres since it was stopped', async () => {
    const { error } = await goOn({ ...begun, stoppedGeneration: 7 });
    expect(error).toBe(stop);
  });

  test('after the switch refuses another restore until its backup is there', async () => {
    const { calls, error } = await goOn({ ...begun, to: began, switched: { stopped: began } });
    expect(calls).toEqual([]);
    expect(String(error)).toMatch(
      /--to is latest, but the restore .* still lacks the full backup.*\nkubectl --context test --namespace coped-production delete configmap\/postgres-restore$/s,
    );
  });

  test('before the switch refuses what has been written since, and says how to give it up', async () => {
    const { calls, error } = await goOn(begun);
    expect(calls.filter((call) => !call.startsWith('exec '))).toEqual([]);
    expect(String(error)).toMatch(
      /newer than the restore point.*--discard-newer.*configmap\/postgres-restore/s,
    );
  });
});
