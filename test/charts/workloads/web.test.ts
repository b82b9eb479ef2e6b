import { describe, expect, test } from '@jest/globals';
import { allowedHosts } from '../../../charts/lib/application.ts';
import { hasNginx } from '../../../charts/lib/routes.ts';
import { web as workload } from '../../../charts/workloads/web.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import type { Application } from '../../../environments/contract.ts';
import { production } from '../../../environments/production.ts';
import { small } from '../../lib/applications.ts';
import { containerOf, migrationSteps, object, podOf, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const pod = () => podOf(environment, 'Deployment', 'web');
  const web = () => containerOf(pod(), 'web');

  test('it serves only when the schema is the one of its code: it migrates itself, or waits for who does', () => {
    expect(pod().initContainers?.map(({ name }) => name)).toEqual(
      environment.migrations === 'at-start'
        ? ['wait-for-postgres', ...migrationSteps(environment)]
        : ['wait-for-migrations'],
    );
    expect(pod().containers.map(({ name }) => name)).toEqual(['web']);
  });

  test('it has the size that the environment says, and the command of its image', () => {
    const { cpuMillicores, memoryMebibytes } = environment.web;
    expect(web().resources?.requests).toMatchObject({
      cpu: `${cpuMillicores}m`,
      memory: `${memoryMebibytes}Mi`,
    });
    expect(web().command).toBeUndefined();
    expect(web().ports).toEqual([{ name: 'http', containerPort: 8000 }]);
  });

  test('an outage of the database restarts no pod; a page that fails while it is edited stays to be seen', () => {
    const get = (path: string) => ({
      httpGet: { path, port: 'http', httpHeaders: [{ name: 'Host', value: allowedHosts(environment)[0] }] },
    });
    const { startupProbe, livenessProbe, readinessProbe } = web();
    expect({ startupProbe, livenessProbe, readinessProbe }).toEqual(
      environment.kind === 'dev'
        ? { readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1, failureThreshold: 30 } }
        : {
            startupProbe: { ...get('/livez'), periodSeconds: 1, failureThreshold: 60, timeoutSeconds: 3 },
            livenessProbe: { ...get('/livez'), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
            readinessProbe: { ...get('/readyz'), periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 5 },
          },
    );
  });

  test('Gunicorn answers until every node has heard that its pod leaves, and ends what it has begun', () => {
    expect(web().lifecycle).toEqual(
      environment.kind === 'dev' ? undefined : { preStop: { exec: { command: ['sleep', '5'] } } },
    );
    const { slowestPageSeconds = 20 }: Application = environment.application;
    expect(pod().terminationGracePeriodSeconds).toBe(5 + slowestPageSeconds + 20);
  });

  test('a new pod is ready before an old one goes, unless it is a development server', () => {
    const { spec } = object(environment, 'Deployment', 'web');
    expect(spec?.strategy?.type).toBe(environment.kind === 'dev' ? 'Recreate' : 'RollingUpdate');
  });

  test('a person has an hour to migrate before its rollout counts as failed', () => {
    const { spec } = object(environment, 'Deployment', 'web');
    expect(spec?.progressDeadlineSeconds).toBe(environment.migrations === 'by-command' ? 3600 : undefined);
  });

  test('nobody comes to it past nginx', () => {
    const { spec } = object(environment, 'Service', 'web');
    const { address } = environment;
    expect([spec?.type, spec?.ports?.[0]?.nodePort]).toEqual(
      !hasNginx(environment, workloadsOf(environment)) && address.kind === 'local'
        ? ['NodePort', address.nodePort]
        : [undefined, undefined],
    );
  });
});

test('slow pages have their time while a pod ends, and others that of the image', () => {
  const usual = podOf({ ...production, application: small }, 'Deployment', 'web');
  expect(containerOf(usual, 'web').env?.map(({ name }) => name)).not.toContain('GUNICORN_CMD_ARGS');
  const slow = { ...production, application: { ...small, slowestPageSeconds: 120 } };
  const pod = podOf(slow, 'Deployment', 'web');
  expect(containerOf(pod, 'web').env).toContainEqual({
    name: 'GUNICORN_CMD_ARGS',
    value: '--graceful-timeout 120',
  });
  expect(pod.terminationGracePeriodSeconds).toBe(145);
});

test('it is of the web tier', () => {
  expect(workload.tier).toBe('web');
});
