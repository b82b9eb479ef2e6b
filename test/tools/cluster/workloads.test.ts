import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { waitUntilReady } from '../../../tools/cluster/wait.ts';
import { workloadStates } from '../../../tools/cluster/workloads.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';

/** A cluster that answers `kubectl get` with these objects. */
function clusterWith(...items: object[]): Cluster {
  return {
    context: 'test',
    kubectl: async (arguments_) =>
      arguments_[0] === 'get' && arguments_[1] !== 'events'
        ? JSON.stringify({ items })
        : `said by ${arguments_[0]}`,
  };
}

const labels = { 'controller-revision-hash': 'new' };
const statefulSet = (status: object) => ({
  kind: 'StatefulSet',
  metadata: { name: 'postgres', generation: 2 },
  spec: { replicas: 1 },
  status: { observedGeneration: 2, updateRevision: 'new', replicas: 1, ...status },
});
const pod = (status: object, owner = 'postgres') => ({
  kind: 'Pod',
  metadata: {
    name: `${owner}-0`,
    labels,
    ownerReferences: [{ name: owner }],
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  status: { phase: 'Pending', ...status },
});
const container = (state: object, restartCount = 0) => ({
  name: 'postgres',
  ready: false,
  restartCount,
  state,
});

async function stateOf(...items: object[]): Promise<string[]> {
  const [found] = await workloadStates(clusterWith(...items), 'coped-dev', [
    { kind: 'StatefulSet', name: 'postgres' },
  ]);
  return [found?.state ?? '', found?.detail ?? ''];
}

describe('a StatefulSet', () => {
  test('is ready when every replica of its newest revision is', async () => {
    expect(await stateOf(statefulSet({ readyReplicas: 1, updatedReplicas: 1 }))).toEqual([
      'ready',
      'is ready',
    ]);
  });

  test('is not ready while the controller has not seen the newest generation', async () => {
    const [state] = await stateOf(
      statefulSet({ observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1 }),
    );
    expect(state).toBe('progressing');
  });

  test('is not ready while an old replica runs', async () => {
    const [state] = await stateOf(statefulSet({ readyReplicas: 1, updatedReplicas: 0 }));
    expect(state).toBe('progressing');
  });

  test('that is not there yet is said so', async () => {
    expect(await stateOf()).toEqual(['progressing', 'is not there yet']);
  });

  test('says why its pod has no node', async () => {
    const unscheduled = pod({
      conditions: [{ type: 'PodScheduled', status: 'False', message: 'insufficient memory' }],
    });
    expect(await stateOf(statefulSet({}), unscheduled)).toEqual([
      'progressing',
      'postgres-0 has no node: insufficient memory',
    ]);
  });

  test.each(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'])('fails on %s', async (reason) => {
    const [state, detail] = await stateOf(
      statefulSet({}),
      pod({ containerStatuses: [container({ waiting: { reason } })] }),
    );
    expect([state, detail]).toEqual(['failed', expect.stringContaining(reason)]);
  });

  test('fails on a crash loop only after the third crash', async () => {
    const crashing = (restarts: number) =>
      stateOf(
        statefulSet({}),
        pod({ containerStatuses: [container({ waiting: { reason: 'CrashLoopBackOff' } }, restarts)] }),
      );
    expect((await crashing(2))[0]).toBe('progressing');
    expect((await crashing(3))[0]).toBe('failed');
  });

  test('does not fail for a pod of an older revision, which is on its way out', async () => {
    const old = pod({ containerStatuses: [container({ waiting: { reason: 'ErrImagePull' } })] });
    const [state] = await stateOf(statefulSet({ updateRevision: 'newer' }), old);
    expect(state).toBe('progressing');
  });
});

describe('a Deployment', () => {
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'web', generation: 1, annotations: { 'deployment.kubernetes.io/revision': '3' } },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1 },
  };
  const replicaSet = {
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-abc',
      ownerReferences: [{ name: 'web' }],
      annotations: { 'deployment.kubernetes.io/revision': '3' },
    },
  };

  test('waits for the migrations when all that holds its pods up is the gate', async () => {
    const gated = pod(
      { initContainerStatuses: [{ ...container({ running: {} }), name: 'wait-for-migrations' }] },
      'web-abc',
    );
    const [found] = await workloadStates(clusterWith(deployment, replicaSet, gated), 'coped-dev', [
      { kind: 'Deployment', name: 'web' },
    ]);
    expect(found?.state).toBe('waiting-for-migrations');
  });

  test('waits for the migrations during an update too, when old pods go on serving', async () => {
    const two = {
      ...deployment,
      spec: { replicas: 2 },
      status: { ...deployment.status, replicas: 3, updatedReplicas: 1, readyReplicas: 2 },
    };
    const gated = pod(
      { initContainerStatuses: [{ ...container({ running: {} }), name: 'wait-for-migrations' }] },
      'web-abc',
    );
    const [found] = await workloadStates(clusterWith(two, replicaSet, gated), 'coped-dev', [
      { kind: 'Deployment', name: 'web' },
    ]);
    expect(found?.state).toBe('waiting-for-migrations');
  });

  test('has failed when its pods are refused, with the reason', async () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'violates PodSecurity' }];
    const refused = { ...deployment, status: { ...deployment.status, updatedReplicas: 0, conditions } };
    const [found] = await workloadStates(clusterWith(refused, replicaSet), 'coped-dev', [
      { kind: 'Deployment', name: 'web' },
    ]);
    expect(found).toMatchObject({ state: 'failed', detail: 'violates PodSecurity' });
  });

  test('does not wait for the migrations when the gate itself cannot run', async () => {
    const broken = pod(
      {
        initContainerStatuses: [
          { ...container({ waiting: { reason: 'ErrImagePull' } }), name: 'wait-for-migrations' },
        ],
      },
      'web-abc',
    );
    const [found] = await workloadStates(clusterWith(deployment, replicaSet, broken), 'coped-dev', [
      { kind: 'Deployment', name: 'web' },
    ]);
    expect(found?.state).toBe('failed');
  });
});

describe('a Job', () => {
  const job = (type: string) => ({
    kind: 'Job',
    metadata: { name: 'migrate' },
    spec: {},
    status: { conditions: [{ type, status: 'True', message: 'too many failures' }] },
  });
  const states = (...items: object[]) =>
    workloadStates(clusterWith(...items), 'coped-dev', [{ kind: 'Job', name: 'migrate' }]);

  test('is ready when it is complete', async () => {
    expect((await states(job('Complete')))[0]?.state).toBe('ready');
  });

  test('that failed has failed, with the reason', async () => {
    expect((await states(job('Failed')))[0]).toMatchObject({ state: 'failed', detail: 'too many failures' });
  });
});

describe('waiting', () => {
  const wanted = [{ kind: 'StatefulSet', name: 'postgres' }] as const;
  const options = { timeoutSeconds: 30, endsAtGate: true, report: () => {} };
  const slow = clusterWith(statefulSet({}), pod({ containerStatuses: [container({ running: {} })] }));

  test('ends with what was ready', async () => {
    const ready = clusterWith(statefulSet({ readyReplicas: 1, updatedReplicas: 1 }));
    expect(await waitUntilReady(ready, 'coped-dev', wanted, options)).toMatchObject([{ state: 'ready' }]);
  });

  test('ends in time, with the container, the events, the log and where to look further', async () => {
    const waiting = waitUntilReady(slow, 'coped-dev', wanted, { ...options, timeoutSeconds: 1 });
    await expect(waiting).rejects.toThrow(UserError);
    await expect(waiting).rejects.toThrow(
      /StatefulSet\/postgres in coped-dev is not ready after 1 s: postgres-0, container postgres: running, not ready yet\nits last events:\n {4}said by get\nthe last lines of the log of postgres:\n {4}said by logs\nlook further with: kubectl/,
    );
  });

  const gatedPod = pod({
    initContainerStatuses: [{ ...container({ running: {} }), name: 'wait-for-migrations' }],
  });

  test('ends at the gate only after it has been closed for ten seconds', async () => {
    const start = Date.now();
    const states = await waitUntilReady(clusterWith(statefulSet({}), gatedPod), 'coped-dev', wanted, options);
    expect(states).toMatchObject([{ state: 'waiting-for-migrations' }]);
    expect(Date.now() - start).toBeGreaterThan(10_000);
  }, 30_000);

  test('does not end at the gate where a Job migrates', async () => {
    const gated = clusterWith(statefulSet({}), gatedPod);
    const waiting = waitUntilReady(gated, 'coped-dev', wanted, {
      ...options,
      endsAtGate: false,
      timeoutSeconds: 1,
    });
    await expect(waiting).rejects.toThrow(/is not ready after 1 s: waits for the migrations/);
  });

  test('outlives a look at the cluster that fails', async () => {
    const ready = clusterWith(statefulSet({ readyReplicas: 1, updatedReplicas: 1 }));
    let looks = 0;
    const shaky: Cluster = {
      context: 'test',
      kubectl: async (arguments_) => {
        looks += 1;
        return looks === 1 ? (await execa('false')).stdout : ready.kubectl(arguments_);
      },
    };
    expect(await waitUntilReady(shaky, 'coped-dev', wanted, options)).toMatchObject([{ state: 'ready' }]);
  });
});
