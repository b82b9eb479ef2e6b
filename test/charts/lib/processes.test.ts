import { describe, expect, test } from '@jest/globals';
import { workloadsOf } from '../../../charts/workloads.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { containerOf, object, objects, podOf } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const inDev: AnyEnvironment = { ...dev, application };
const inProduction: AnyEnvironment = { ...production, application };
const { worker, scheduler } = application.processes;

test('a process is a workload like any other, with its own account, policies and budget', () => {
  const added = workloadsOf(inProduction).filter(({ name }) => name in application.processes);
  expect(added.map(({ name, description, tier, ports }) => ({ name, description, tier, ports }))).toEqual([
    { name: 'worker', description: worker.description, tier: 'web', ports: {} },
    { name: 'scheduler', description: scheduler.description, tier: 'web', ports: {} },
  ]);
  const budgets = objects(inProduction, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
  expect(budgets).toContain('worker');
  expect(budgets).not.toContain('scheduler');
});

test('a process may not have the name of another workload, even of one that the environment lacks', () => {
  const processes = { redis: worker };
  const environment: AnyEnvironment = {
    ...production,
    application: { ...production.application, processes },
  };
  expect(() => workloadsOf(environment)).toThrow(
    /^environments\/application\.ts calls a process or a program "redis", as another workload or Service is called; expected each name once, and none of create-credentials, .*nginx, postgres-replicas, mail-catcher-smtp, nor one of these with -headless$/,
  );
});

describe('how many run', () => {
  test('a worker has as many pods as its kind of environment says, and a new one starts before an old one ends', () => {
    for (const environment of [inDev, inProduction]) {
      const { spec } = object(environment, 'Deployment', 'worker');
      expect(spec?.replicas).toBe(worker.replicas[environment.kind]);
      expect(spec?.strategy?.type).toBe('RollingUpdate');
    }
  });

  test('there are never two of a singleton: the old one ends first', () => {
    const { spec } = object(inProduction, 'Deployment', 'scheduler');
    expect([spec?.replicas, spec?.strategy]).toEqual([1, { type: 'Recreate' }]);
  });
});

describe.each([
  ['worker', worker],
  ['scheduler', scheduler],
] as const)('%s', (name, process) => {
  const pod = (environment: AnyEnvironment) => podOf(environment, 'Deployment', name);
  const container = (environment: AnyEnvironment) => containerOf(pod(environment), name);

  test('runs its command; in dev it is restarted when the source changes', () => {
    expect(container(inProduction).command).toEqual(process.command);
    expect(container(inDev).command).toEqual(['python', '/srv/coped/dev/rerun.py', ...process.command]);
  });

  test('has its size, and so long to end what it has begun', () => {
    expect(container(inProduction).resources?.requests).toMatchObject({
      cpu: `${process.cpuMillicores}m`,
      memory: `${process.memoryMebibytes}Mi`,
    });
    expect(pod(inProduction).terminationGracePeriodSeconds).toBe(process.endsWithinSeconds);
  });

  test('starts once the schema is the one of its code', () => {
    for (const environment of [inDev, inProduction])
      expect(pod(environment).initContainers?.map((each) => each.name)).toEqual(['wait-for-migrations']);
  });

  test('is restarted a minute after its heartbeat has stopped, and may take five to start', () => {
    const { file, withinSeconds } = process.alive;
    const exec = {
      command: ['sh', '-c', `[ "$(($(date +%s) - $(stat --format %Y ${file})))" -lt ${withinSeconds} ]`],
    };
    const { startupProbe, livenessProbe, readinessProbe } = container(inProduction);
    expect({ startupProbe, livenessProbe, readinessProbe }).toEqual({
      startupProbe: { exec, timeoutSeconds: 5, periodSeconds: 5, failureThreshold: 60 },
      livenessProbe: { exec, timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 6 },
      readinessProbe: undefined,
    });
  });

  test('is not restarted in dev, where a mistake waits for the next edit', () => {
    const { startupProbe, livenessProbe } = container(inDev);
    expect([startupProbe, livenessProbe]).toEqual([undefined, undefined]);
  });
});

test('a command may say whether a process lives', () => {
  const alive = { command: ['celery', 'status'] } as const;
  const processes = { worker: { ...worker, alive } };
  const environment: AnyEnvironment = { ...production, application: { ...application, processes } };
  expect(containerOf(podOf(environment, 'Deployment', 'worker'), 'worker').livenessProbe?.exec).toEqual(
    alive,
  );
});
