import { expect, test } from '@jest/globals';
import type { Application } from '../../../tools/cluster/argo-cd.ts';
import { applicationWith } from '../../lib/argo-cd.ts';
import { bad, found, warning } from '../../lib/doctor.ts';

const look = (...items: readonly Application[]) =>
  found('Argo CD', { 'get --raw /apis/argoproj.io': JSON.stringify({ items }) });
const revision = '0123456789abcdef';
const synced = { sync: { status: 'Synced', revision }, health: { status: 'Healthy' } };

test('a cluster without Argo CD is no fault', async () => {
  expect(await look()).toEqual({ level: 'good', detail: expect.stringContaining('applied by hand') });
});

test('a commit that is in the cluster is named', async () => {
  const state = 'coped-app-production is Synced to 0123456, Healthy';
  expect(await look(applicationWith({}, synced))).toEqual({ level: 'good', detail: state });
});

test('a commit that is in the cluster and does not work is said', async () => {
  const degraded = { ...synced, health: { status: 'Degraded' } };
  expect(await look(applicationWith({}, degraded))).toEqual(warning('Degraded$', 'lines above'));
});

test('an Application that is paused is said, with who did it and how to go on', async () => {
  const skip = { 'argocd.argoproj.io/skip-reconcile': 'true' };
  const command = /^kubectl --context test annotate .*skip-reconcile- coped\/paused-by-$/;
  expect(await look(applicationWith(skip, synced))).toEqual(warning('paused by somebody', command));
  const byRestore = applicationWith({ ...skip, 'coped/paused-by': 'restore' }, synced);
  expect(await look(byRestore)).toEqual(
    warning('paused by restore', /^npm run restore -- production --context test goes on with it.*kubectl/),
  );
});

test('a commit that waits for a person is said', async () => {
  const waits = { ...synced, sync: { status: 'OutOfSync', revision } };
  expect(await look(applicationWith({}, waits))).toEqual(warning('OutOfSync to 0123456', 'docs/argo-cd.md'));
  expect(await look(applicationWith())).toEqual(warning('is Unknown, Unknown$', 'docs/argo-cd.md'));
});

test.each([
  ['compared', { conditions: [{ type: 'ComparisonError', message: 'port: Invalid\nvalue' }] }],
  ['applied', { operationState: { phase: 'Failed', message: 'port: Invalid value' } }],
  ['asked for', { operationState: { phase: 'Error', message: 'port: Invalid value' } }],
  [
    'applied, time and again',
    { operationState: { phase: 'Running', message: 'port: Invalid value', retryCount: 2 } },
  ],
])('what cannot be %s is said with why', async (_, status) => {
  expect(await look(applicationWith({}, { ...synced, ...status }))).toEqual(
    bad('^coped-app-production is Synced to 0123456, Healthy: port: Invalid value$', 'revert the commit'),
  );
});

test('a warning of Argo CD, a sync that runs and one that has ended well are no faults', async () => {
  const conditions = [{ type: 'OrphanedResourceWarning', message: 'Application has 1 orphaned resources' }];
  for (const phase of ['Running', 'Succeeded']) {
    const operationState = { phase, message: 'waits' };
    expect((await look(applicationWith({}, { ...synced, conditions, operationState }))).level).toBe('good');
  }
});
