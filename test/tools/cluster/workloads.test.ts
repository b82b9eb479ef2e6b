import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { plain } from '../../../tools/cluster/explain.ts';
import { progressReport, waitUntilReady } from '../../../tools/cluster/wait.ts';
import { readItems, stateOf as stateAmong, type WantedWorkload } from '../../../tools/cluster/workloads.ts';
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

/** How the wanted workload stands among these objects. */
async function found(wanted: WantedWorkload, ...items: object[]) {
  return stateAmong(wanted, await readItems(clusterWith(...items), 'coped-dev'), 'test');
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
  const { state, detail } = await found({ kind: 'StatefulSet', name: 'postgres' }, ...items);
  return [state, detail];
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

  const unscheduled = (message: string) =>
    pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }] });

  test('says why its pod has no node', async () => {
    expect(await stateOf(statefulSet({}), unscheduled('an untolerated taint'))).toEqual([
      'progressing',
      'postgres-0 has no node: an untolerated taint',
    ]);
  });

  test.each(['cpu', 'memory'])('says what to do where the nodes have too little %s', async (resource) => {
    const message = `0/1 nodes are available: 1 Insufficient ${resource}.`;
    const [state, detail] = await stateOf(statefulSet({}), unscheduled(message));
    expect([state, detail]).toEqual([
      'progressing',
      expect.stringContaining(`${message} free some ${resource}: stop another environment`),
    ]);
    expect(detail).toContain('npm run down -- ENV --context test');
  });

  const startedSecondsAgo = (seconds: number) => ({
    running: { startedAt: new Date(Date.now() - seconds * 1000).toISOString() },
  });
  const running = (state: object, difference: object = {}) =>
    pod({ containerStatuses: [{ ...container(state), started: false, ...difference }] });

  test('is slow to start when its startup probe has not succeeded for long', async () => {
    expect((await stateOf(statefulSet({}), running(startedSecondsAgo(10))))[1]).toContain('not ready yet');
    expect(await stateOf(statefulSet({}), running(startedSecondsAgo(135)))).toEqual([
      'progressing',
      'postgres-0, container postgres: is slow to start (120 s so far)',
    ]);
    const [, detail] = await stateOf(statefulSet({}), running(startedSecondsAgo(135), { started: true }));
    expect(detail).toContain('running, not ready yet');
  });

  test('has not failed when the kubelet has killed it a few times before it had started', async () => {
    const terminated = (exitCode: number, seconds = 300, reason = 'Error') => ({
      exitCode,
      reason,
      startedAt: '2026-11-26T04:00:00Z',
      finishedAt: new Date(Date.parse('2026-11-26T04:00:00Z') + seconds * 1000).toISOString(),
    });
    const stateAfter = async (restartCount: number, last: object) => {
      const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
      const [state] = await stateOf(
        statefulSet({}),
        running(waiting, { restartCount, lastState: { terminated: last } }),
      );
      return state;
    };
    expect(await stateAfter(5, terminated(143))).toBe('progressing');
    expect(await stateAfter(5, terminated(137))).toBe('progressing');
    expect(await stateAfter(6, terminated(143))).toBe('failed');
    expect(await stateAfter(3, terminated(137, 300, 'OOMKilled'))).toBe('failed');
    expect(await stateAfter(3, terminated(137, 10))).toBe('failed');
    expect(await stateAfter(3, terminated(1))).toBe('failed');
    const again = { restartCount: 2, lastState: { terminated: terminated(143) } };
    expect((await stateOf(statefulSet({}), running(startedSecondsAgo(5), again)))[1]).toContain(
      'is slow to start (0 s so far; killed 2 times before it had started)',
    );
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

  test('says why its container has failed, where the status of the pod has it', async () => {
    const terminated = {
      exitCode: 1,
      reason: 'Error',
      message: "Traceback\n  line 1\nKeyError: 'SQL_HOST'\n",
    };
    const detailOf = async (state: object, lastState: object = {}) => {
      const containerStatuses = [{ ...container(state), lastState }];
      return (await stateOf(statefulSet({}), pod({ containerStatuses })))[1];
    };
    expect(await detailOf({ terminated })).toBe(
      "postgres-0, container postgres: ended with 1 (Error): KeyError: 'SQL_HOST'",
    );
    expect(
      await detailOf({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } }, { terminated }),
    ).toBe("postgres-0, container postgres: CrashLoopBackOff: back-off: KeyError: 'SQL_HOST'");
    expect(await detailOf({ terminated: { exitCode: 1 } })).toBe(
      'postgres-0, container postgres: ended with 1 (no reason given)',
    );
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
    const { state } = await found({ kind: 'Deployment', name: 'web' }, deployment, replicaSet, gated);
    expect(state).toBe('waiting-for-migrations');
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
    const { state } = await found({ kind: 'Deployment', name: 'web' }, two, replicaSet, gated);
    expect(state).toBe('waiting-for-migrations');
  });

  test('has failed when its pods are refused, with the reason', async () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'violates PodSecurity' }];
    const refused = { ...deployment, status: { ...deployment.status, updatedReplicas: 0, conditions } };
    expect(await found({ kind: 'Deployment', name: 'web' }, refused, replicaSet)).toMatchObject({
      state: 'failed',
      detail: 'violates PodSecurity',
    });
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
    const { state } = await found({ kind: 'Deployment', name: 'web' }, deployment, replicaSet, broken);
    expect(state).toBe('failed');
  });
});

describe('a Job', () => {
  const job = (type: string) => ({
    kind: 'Job',
    metadata: { name: 'migrate' },
    spec: {},
    status: { conditions: [{ type, status: 'True', message: 'too many failures' }] },
  });
  const jobState = (...items: object[]) => found({ kind: 'Job', name: 'migrate' }, ...items);

  test('is ready when it is complete', async () => {
    expect((await jobState(job('Complete'))).state).toBe('ready');
  });

  test('that failed has failed, with the reason', async () => {
    expect(await jobState(job('Failed'))).toMatchObject({ state: 'failed', detail: 'too many failures' });
  });
});

describe('waiting', () => {
  const wanted = [{ kind: 'StatefulSet', name: 'postgres' }] as const;
  const options = { timeoutSeconds: 300, endsAtGate: true, report: () => {} };
  const ready = clusterWith(statefulSet({ readyReplicas: 1, updatedReplicas: 1 }));
  const slow = (startedAt: string) =>
    clusterWith(
      statefulSet({}),
      pod({ containerStatuses: [{ ...container({ running: { startedAt } }), started: false }] }),
    );

  /** How many seconds after the one before each look at the clock is. */
  let pace = 0;
  let now = Date.now();

  beforeEach(() => {
    pace = 0;
    now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => {
      now += pace * 1000;
      return now;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('ends with what was ready', async () => {
    expect(await waitUntilReady(ready, 'coped-dev', wanted, options)).toMatchObject([{ state: 'ready' }]);
  });

  test('ends in time, with the container, the events, the log and where to look further', async () => {
    pace = 200;
    const started = pod({ containerStatuses: [{ ...container({ running: {} }), started: true }] });
    const waiting = waitUntilReady(clusterWith(statefulSet({}), started), 'coped-dev', wanted, options);
    await expect(waiting).rejects.toThrow(
      new UserError(
        'StatefulSet/postgres in coped-dev is not ready after 300 s: postgres-0, container postgres: running, not ready yet\n' +
          'its last events:\n    said by get\n' +
          'the last lines of the log of postgres:\n    said by logs\n' +
          'look further with: kubectl --context test --namespace coped-dev describe pod postgres-0',
      ),
    );
  });

  test('says of what is slow to start that it goes on, without its events', async () => {
    const waiting = waitUntilReady(slow(new Date(now - 400_000).toISOString()), 'coped-dev', wanted, options);
    pace = 200;
    await expect(waiting).rejects.toThrow(
      /is slow to start \(\d+ s so far\)\nit goes on by itself: .*--timeout SECONDS\nthe last lines of the log of postgres:\n {4}said by logs\nlook further/,
    );
  });

  test('goes on as long as more containers get ready', async () => {
    pace = 30;
    let readyContainers = 0;
    const target: Cluster = {
      context: 'test',
      kubectl: async () => {
        readyContainers += 1;
        const done = Array.from({ length: readyContainers }, () => ({ ...container({}), ready: true }));
        const items =
          readyContainers < 5
            ? [statefulSet({}), pod({ containerStatuses: [...done, container({ running: {} })] })]
            : [statefulSet({ readyReplicas: 1, updatedReplicas: 1 })];
        return JSON.stringify({ items });
      },
    };
    const states = await waitUntilReady(target, 'coped-dev', wanted, { ...options, timeoutSeconds: 100 });
    expect(states).toMatchObject([{ state: 'ready' }]);
  });

  const gatedPod = pod({
    initContainerStatuses: [{ ...container({ running: {} }), name: 'wait-for-migrations' }],
  });
  const gated: Cluster = {
    ...clusterWith(statefulSet({}), gatedPod),
    kubectl: (arguments_) =>
      arguments_[0] === 'logs'
        ? Promise.resolve(
            'waiting until the database is migrated: 1 pending, the first is shop.0001_initial\n',
          )
        : clusterWith(statefulSet({}), gatedPod).kubectl(arguments_),
  };

  test('ends at the gate only after it has been closed for ten seconds', async () => {
    let looks = 0;
    pace = 2;
    const report = () => {
      looks += 1;
    };
    const states = await waitUntilReady(gated, 'coped-dev', wanted, { ...options, report });
    expect(states).toMatchObject([
      {
        state: 'waiting-for-migrations',
        detail: 'waits for the migrations: 1 pending, the first is shop.0001_initial',
      },
    ]);
    expect(looks).toBeGreaterThan(1);
  });

  test('does not end at the gate where a Job migrates', async () => {
    pace = 200;
    const waiting = waitUntilReady(gated, 'coped-dev', wanted, { ...options, endsAtGate: false });
    await expect(waiting).rejects.toThrow(/is not ready after 300 s: waits for the migrations: 1 pending/);
  });

  test('does not end at a gate that waits for Postgres', async () => {
    pace = 200;
    const waitsForPostgres: Cluster = {
      ...gated,
      kubectl: (arguments_) =>
        arguments_[0] === 'logs'
          ? Promise.resolve('waiting until Postgres can be reached: Connection refused\n')
          : gated.kubectl(arguments_),
    };
    const waiting = waitUntilReady(waitsForPostgres, 'coped-dev', wanted, options);
    await expect(waiting).rejects.toThrow(
      /is not ready after 300 s: .*wait-for-migrations: waiting until Postgres can be reached: Connection refused/,
    );
  });

  test('outlives a look at the cluster that fails', async () => {
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

describe('a line of a log', () => {
  test('of JSON is shown as its message', () => {
    const line = JSON.stringify({
      '@timestamp': '2026-11-26T04:22:31Z',
      'log.level': 'ERROR',
      message: 'fatal exception while booting',
      'error.message': 'no space left on device',
      'service.name': 'ES_ECS',
    });
    expect(plain(line)).toBe('ERROR: fatal exception while booting: no space left on device');
  });

  test.each(['{"took":3}', '{ not JSON', 'plain text'])('%s is shown as it is', (line) =>
    expect(plain(line)).toBe(line),
  );
});

describe('progress', () => {
  const states = [{ name: 'Job/migrate', state: 'progressing', detail: 'has no node' }] as const;

  test('is told once as long as it is the same, but in place each time', () => {
    const lines = progressReport(false);
    expect([lines(states), lines(states)]).toEqual(['Job/migrate: has no node', '']);
    const inPlace = progressReport(true);
    expect([inPlace(states), inPlace(states)]).toEqual([
      'Job/migrate: has no node',
      'Job/migrate: has no node',
    ]);
  });
});
