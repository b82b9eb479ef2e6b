import { describe, expect, test } from '@jest/globals';
import { nginx as workload } from '../../../charts/workloads/nginx.ts';
import { containerOf, object, objects, podOf, secretsOf, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('there is an nginx only where the environment has one', () => {
    const names = objects(environment, 'Deployment').map(({ metadata }) => metadata.name);
    expect(names).toContain('web');
    expect(names.includes('nginx')).toBe(environment.nginx !== undefined);
  });

  if (!environment.nginx) return;
  const size = environment.nginx;
  const pod = () => podOf(environment, 'Deployment', 'nginx');
  const nginx = () => containerOf(pod(), 'nginx');

  test('it serves the static files of the very image that serves the pages', () => {
    const { image, command, volumeMounts, resources } = containerOf(pod(), 'copy-static-files');
    const web = containerOf(podOf(environment, 'Deployment', 'web'), 'web');
    expect(image).toBe(web.image);
    expect(command).toEqual(['cp', '-R', '/srv/coped/static/.', '/srv/static']);
    expect(volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'static', mountPath: '/srv/static' },
    ]);
    expect(resources?.requests).toMatchObject({ cpu: '10m', memory: '32Mi' });
  });

  test('it reads them, and changes none; they go with the pod', () => {
    expect(nginx().volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'static', mountPath: '/srv/static', readOnly: true },
    ]);
    expect(pod().volumes).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'static', emptyDir: { sizeLimit: '256Mi' } },
    ]);
  });

  test('a new pod is ready before an old one goes', () => {
    expect(object(environment, 'Deployment', 'nginx').spec?.strategy?.type).toBe('RollingUpdate');
  });

  test('it has its image and its size, and no secret', () => {
    expect(nginx()).toMatchObject({
      image: environment.images.nginx,
      resources: { requests: { cpu: `${size.cpuMillicores}m`, memory: `${size.memoryMebibytes}Mi` } },
    });
    expect(secretsOf(pod(), 'nginx')).toEqual([]);
    expect(pod().containers).toHaveLength(1);
    expect(nginx().command).toBeUndefined();
  });

  test('each probe asks nginx itself: an outage of the application restarts none, and shows the page that says so', () => {
    const healthy = { httpGet: { path: '/nginx-health', port: 'http' } };
    expect(nginx()).toMatchObject({
      startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 30 },
      livenessProbe: { ...healthy, periodSeconds: 10, failureThreshold: 3 },
      readinessProbe: { ...healthy, periodSeconds: 5, failureThreshold: 2 },
    });
  });

  test('it answers until every node has heard that it leaves, and has more than a minute for what it has begun', () => {
    expect(nginx().lifecycle).toEqual({ preStop: { exec: { command: ['sleep', '5'] } } });
    expect(pod().terminationGracePeriodSeconds).toBe(75);
  });

  test('the Service answers on 80, and leads to a port that needs no privilege', () => {
    expect(nginx().ports).toEqual([{ name: 'http', containerPort: 8080 }]);
    expect(object(environment, 'Service', 'nginx').spec?.ports?.[0]).toMatchObject({
      name: 'http',
      port: 80,
      targetPort: 'http',
    });
  });
});

test('it is of the web tier', () => {
  expect(workload.tier).toBe('web');
});
