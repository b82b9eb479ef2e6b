import { expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { bad, cronJobs, found, warning } from '../../lib/doctor.ts';

const get = 'get deployments,statefulsets,jobs,replicasets,pods';
const items = (...all: object[]) => ({ [get]: JSON.stringify({ items: all }) });
const scheduled = (...all: Parameters<typeof cronJobs>) => ({
  'get cronjobs': JSON.stringify({ items: cronJobs(...all) }),
});

const deployment = (name: string, status: object, spec = { replicas: 2 }) => ({
  kind: 'Deployment',
  metadata: { name, generation: 1, annotations: { 'deployment.kubernetes.io/revision': '1' } },
  spec,
  status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1, ...status },
});
const job = (name: string, workload: string, creationTimestamp: string, condition?: string) => ({
  kind: 'Job',
  metadata: { name, creationTimestamp, labels: { 'app.kubernetes.io/name': workload } },
  spec: {},
  status: { conditions: condition ? [{ type: condition, status: 'True', message: 'gave up' }] : [] },
});

test('a workload that is not there, or not ready, is said with what to look at', async () => {
  expect(await found('web', items())).toEqual(
    bad('^Deployment web is not ready: is not there yet$', 'describe deployment web$'),
  );
  expect(await found('web', items(deployment('web', {})))).toEqual(
    bad('not ready: waits for its pods', 'web'),
  );
});

test('web that waits for the migrations is none that is broken, unless it waits for Postgres', async () => {
  const replicaSet = {
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-1',
      ownerReferences: [{ name: 'web' }],
      annotations: { 'deployment.kubernetes.io/revision': '1' },
    },
  };
  const pod = {
    kind: 'Pod',
    metadata: { name: 'web-1-a', ownerReferences: [{ name: 'web-1' }] },
    status: {
      initContainerStatuses: [{ name: 'wait-for-migrations', state: { running: {} }, restartCount: 0 }],
    },
  };
  const answers = (log: string) => ({ ...items(deployment('web', {}), replicaSet, pod), logs: log });
  const migrations = 'waiting until the database is migrated: 2 pending, the first is shop.0001_initial\n';
  expect(await found('web', answers(migrations))).toEqual(
    warning(
      'waits for the migrations: 2 pending, the first is shop.0001_initial$',
      '^npm run migrate -- production --context test$',
    ),
  );
  expect(await found('web', answers('waiting until Postgres can be reached: Connection refused\n'))).toEqual(
    bad(
      'wait-for-migrations: waiting until Postgres can be reached: Connection refused$',
      'describe pod web-1-a$',
    ),
  );
});

test('of a Job the newest counts, whatever the images that made its name', async () => {
  const old = job('certificates-0000000000', 'certificates', '2026-12-01T00:00:00Z', 'Complete');
  const newer = job('certificates-1111111111', 'certificates', '2026-12-02T00:00:00Z');
  const byHand = job('certificates-by-hand', 'certificates', '2026-12-03T00:00:00Z', 'Complete');
  expect(await found('certificates', items(byHand, newer, old))).toEqual(
    bad('^Job certificates-1111111111 is not ready: waits for its pods$', 'job certificates-1111111111'),
  );
  const { level } = await found(
    'certificates',
    items(job(newer.metadata.name, 'certificates', '2026-12-02T00:00:00Z', 'Complete')),
  );
  expect(level).toBe('good');
});

// The restore test of production is at 03:40 each day, and may take six hours.
test.each([
  ['that succeeded after its last time', '2026-12-10T03:45:00Z', 'good'],
  ['that has not since its last time', '2026-12-09T03:45:00Z', 'bad'],
])('a CronJob %s is %s', async (_, lastSuccessfulTime, level) => {
  const answers = scheduled({ 'postgres-restore-test': { status: { lastSuccessfulTime } } });
  expect((await found('postgres-restore-test', answers)).level).toBe(level);
});

test('a CronJob that failed is said with since when, and how to run it', async () => {
  const answers = scheduled({
    'postgres-restore-test': { status: { lastScheduleTime: '2026-12-10T03:30:00Z' } },
  });
  expect(await found('postgres-restore-test', answers)).toEqual(
    bad(
      /^CronJob postgres-restore-test should have succeeded since 2026-12-10T\d\d:\d\d:00.000Z; last success: never$/,
      'create job --from=cronjob/postgres-restore-test postgres-restore-test-by-hand$',
    ),
  );
});

test('a CronJob whose Job may still run is not said to have failed', async () => {
  const status = { lastSuccessfulTime: '2026-12-09T03:45:00Z' };
  const answer = (activeDeadlineSeconds: number) =>
    found(
      'postgres-restore-test',
      scheduled({
        'postgres-restore-test': { status, spec: { jobTemplate: { spec: { activeDeadlineSeconds } } } },
      }),
    );
  expect((await answer(12 * 3600)).level).toBe('good');
  expect((await answer(3600)).level).toBe('bad');
});

test('a CronJob that was deployed after its last time has not had to run', async () => {
  const [restoreTest] = cronJobs({ 'postgres-restore-test': { status: {} } }).filter((each) =>
    JSON.stringify(each).includes('"name":"postgres-restore-test"'),
  );
  const made = {
    ...restoreTest,
    metadata: { name: 'postgres-restore-test', creationTimestamp: '2026-12-10T11:00:00Z' },
  };
  expect(await found('postgres-restore-test', { 'get cronjobs': JSON.stringify({ items: [made] }) })).toEqual(
    {
      level: 'good',
      detail: 'CronJob postgres-restore-test has not had to run yet; last success: never',
    },
  );
});

test('a weekly CronJob is not missed after a day', async () => {
  const { staging } = environments;
  const lastSuccessfulTime = '2026-12-07T12:00:00Z';
  const answers = scheduled({ 'postgres-restore-test': { status: { lastSuccessfulTime } } }, staging);
  expect((await found('postgres-restore-test', answers, staging)).level).toBe('good');
});

test('a CronJob that is not there is said, and does not hide behind those that are well', async () => {
  const answers = { 'get cronjobs': JSON.stringify({ items: cronJobs({}).slice(1) }) };
  expect(await found('certificates', answers)).toEqual(
    bad('^there is no CronJob renew-certificates$', 'deploy the environment again'),
  );
  expect(await found('postgres-backup', { 'get cronjobs': JSON.stringify({ items: [] }) })).toEqual(
    bad('no CronJob postgres-backup-full; there is no CronJob postgres-backup-differential', 'object-store'),
  );
});
