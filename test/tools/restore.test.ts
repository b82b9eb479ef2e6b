import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { Cluster } from '../../tools/cluster.ts';
import { restore } from '../../tools/restore.ts';

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
    const calls = await goOn({ ...begun, switched: { stopped: begun.began } });
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
