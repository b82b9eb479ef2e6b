import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  applicationsOf,
  pause,
  pauseOf,
  resume,
  resuming,
  whilePaused,
} from '../../../tools/cluster/argo-cd.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { applicationWith, clusterOf } from '../../lib/argo-cd.ts';
import { failed } from '../../lib/doctor.ts';

const namespace = 'coped-production';
const skip = 'argocd.argoproj.io/skip-reconcile';
const by = 'coped/paused-by';
const annotate = 'annotate applications.argoproj.io/coped-app-production --namespace argocd';
const paused = `${annotate} ${skip}=true ${by}=restore`;
const resumed = `${annotate} ${skip}- ${by}-`;

let said: string[];
beforeEach(() => {
  said = [];
  jest.spyOn(console, 'log').mockImplementation((line) => void said.push(`${line}`));
});

function failing(error: Error): Cluster {
  return { context: 'test', kubectl: () => Promise.reject(error) };
}

describe('the Applications of a namespace', () => {
  test('are those that fill it, whatever their names', async () => {
    const other = { ...applicationWith(), spec: { destination: { namespace: 'coped-staging' } } };
    expect(await applicationsOf(clusterOf(other, applicationWith()), namespace)).toEqual([applicationWith()]);
  });

  test('are none in a cluster that does not know Argo CD', async () => {
    const error = await failed(
      'Error from server (NotFound): the server could not find the requested resource',
    );
    expect(await applicationsOf(failing(error), namespace)).toEqual([]);
  });

  test('are not none where one may not look', async () => {
    const error = await failed('Error from server (Forbidden): applications.argoproj.io is forbidden');
    await expect(applicationsOf(failing(error), namespace)).rejects.toBe(error);
    await expect(pause(failing(error), namespace, 'restore')).rejects.toBe(error);
  });
});

test('a pause is said with the command that ends it, and ends once', async () => {
  const cluster = clusterOf(applicationWith());
  await pause(cluster, namespace, 'restore');
  await pause(cluster, namespace, 'restore');
  expect(cluster.changes).toEqual([paused]);
  expect(said).toEqual([expect.stringContaining(`kubectl --context test ${resumed}`)]);
  await resume(cluster, namespace, 'restore');
  await resume(cluster, namespace, 'restore');
  expect(cluster.changes).toEqual([paused, resumed]);
  expect(resuming(cluster, applicationWith())).toBe(`kubectl --context test ${resumed}`);
});

test.each([
  ['somebody', { [skip]: 'true' }],
  ['grow', { [skip]: 'true', [by]: 'grow' }],
])('what %s has paused stays paused', async (who, annotations) => {
  const application = applicationWith(annotations);
  expect(pauseOf(application)).toBe(who);
  const cluster = clusterOf(application);
  await whilePaused(cluster, namespace, 'restore', async () => undefined);
  expect(cluster.changes).toEqual([]);
});

test('an Application is paused only by the word true', () => {
  expect(pauseOf(applicationWith())).toBeUndefined();
  expect(pauseOf(applicationWith({ [skip]: 'false', [by]: 'grow' }))).toBeUndefined();
});

describe('what is done while Argo CD is paused', () => {
  test('gives its result, and ends the pause', async () => {
    const cluster = clusterOf(applicationWith());
    const result = await whilePaused(cluster, namespace, 'restore', async () => [...cluster.changes]);
    expect(result).toEqual([paused]);
    expect(cluster.changes).toEqual([paused, resumed]);
  });

  test('ends the pause when it fails', async () => {
    const cluster = clusterOf(applicationWith());
    const error = new Error('failed');
    await expect(whilePaused(cluster, namespace, 'restore', () => Promise.reject(error))).rejects.toBe(error);
    expect(cluster.changes).toEqual([paused, resumed]);
  });

  test('ends the pause, and then the process, when it is interrupted, even twice', async () => {
    const cluster = clusterOf(applicationWith());
    const before = process.listenerCount('SIGINT');
    const ended = new Promise((resolve) => {
      jest.spyOn(process, 'exit').mockImplementation(((code: number) => resolve(code)) as never);
    });
    const code = await whilePaused(cluster, namespace, 'restore', async () => {
      process.emit('SIGINT');
      process.emit('SIGINT');
      return ended;
    });
    expect(code).toBe(130);
    expect(cluster.changes).toEqual([paused, resumed]);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
