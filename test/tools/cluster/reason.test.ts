import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import type { Pod } from '../../../tools/cluster/objects.ts';
import { withReason } from '../../../tools/cluster/reason.ts';
import type { WorkloadState } from '../../../tools/cluster/workloads.ts';

const program = readFileSync(
  new URL('../../../charts/configuration/wait_or_migrate.py', import.meta.url),
  'utf8',
);
/** What a gate says when it waits for that which this constant of the program names. */
const says = (constant: string, why: string) => {
  const [, what] = new RegExp(`^${constant} = "(.*)"$`, 'm').exec(program) ?? [];
  return `waiting until ${what}: ${why}`;
};
const pending = says('MIGRATED', '2 pending, the first is shop.0001_initial');
const refused = says('REACHED', 'connection failed: Connection refused');

const pod = (container: string, state: object, kind = 'initContainerStatuses') =>
  ({ metadata: { name: 'web-1' }, status: { [kind]: [{ name: container, state }] } }) as unknown as Pod;
const gate = 'wait-for-migrations';
const gated: WorkloadState = {
  name: 'Deployment/web',
  state: 'waiting-for-migrations',
  detail: 'waits for the migrations',
  pod: pod(gate, { running: {} }),
};
const progressing: WorkloadState = { ...gated, state: 'progressing', detail: 'running, not ready yet' };

/** What is found of the state where the container's log ends with these lines. */
async function found(state: WorkloadState, ...lines: string[]) {
  const asked: string[] = [];
  const cluster: Cluster = {
    context: 'test',
    kubectl: async (arguments_) => {
      asked.push(arguments_.join(' '));
      return `${lines.join('\n')}\n`;
    },
  };
  const { state: now, detail } = await withReason(cluster, 'coped-dev', state);
  return { state: now, detail, asked };
}

test('the program says what it waits for, as the tools read it', () => {
  expect(program).toContain(`f"waiting until {': '.join(missing)}"`);
});

test('a gate that waits for migrations says how many', async () => {
  expect(await found(gated, 'a warning of the application', refused, pending, 'another warning')).toEqual({
    state: 'waiting-for-migrations',
    detail: 'waits for the migrations: 2 pending, the first is shop.0001_initial',
    asked: [`logs --namespace coped-dev web-1 --container ${gate} --tail 20`],
  });
});

test('a gate that waits for Postgres does not wait for the operator, and says why', async () => {
  expect(await found(gated, pending, refused)).toMatchObject({
    state: 'progressing',
    detail: `web-1, container ${gate}: ${refused}`,
  });
});

test('a gate that has not said anything yet may have nothing to wait for', async () => {
  const detail = `web-1, container ${gate}: running, not ready yet`;
  expect(await found(gated)).toMatchObject({ state: 'progressing', detail });
  const gone: Cluster = { context: 'test', kubectl: async () => (await execa('false')).stdout };
  expect(await withReason(gone, 'coped-dev', gated)).toMatchObject({ state: 'progressing', detail });
  const broken: Cluster = { context: 'test', kubectl: () => Promise.reject(new TypeError('a mistake')) };
  await expect(withReason(broken, 'coped-dev', gated)).rejects.toThrow('a mistake');
});

test.each(['wait-for-postgres', 'migrate'])('%s says what it waits for, too', async (name) => {
  const line = name === 'migrate' ? 'waiting until it is over: process 7 of coped_reader' : refused;
  expect(await found({ ...progressing, pod: pod(name, { running: {} }) }, line)).toMatchObject({
    state: 'progressing',
    detail: `web-1, container ${name}: ${line}`,
  });
});

test('nobody asks for the log of what serves, has ended or has failed', async () => {
  const { pod: _, ...withoutPod } = progressing;
  for (const state of [
    withoutPod,
    { ...progressing, pod: pod('web', { running: {} }, 'containerStatuses') },
    { ...progressing, pod: pod(gate, { waiting: { reason: 'CrashLoopBackOff' } }) },
    { ...progressing, pod: pod(gate, { terminated: { exitCode: 1 } }) },
    { ...gated, state: 'failed' as const },
  ])
    expect(await found(state, pending)).toEqual({ state: state.state, detail: state.detail, asked: [] });
});
