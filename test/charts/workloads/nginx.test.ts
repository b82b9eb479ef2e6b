import { describe, expect, test } from '@jest/globals';
import { routesConfiguration, tlsHasEnded } from '../../../charts/configuration/nginx.ts';
import { contentHash } from '../../../charts/lib/names.ts';
import { hasNginx, routesOf } from '../../../charts/lib/routes.ts';
import type { Route, Workload } from '../../../charts/lib/workload.ts';
import { addWorkload } from '../../../charts/lib/workload-chart.ts';
import { appIn } from '../../../charts/synthesize.ts';
import { nginx as workload } from '../../../charts/workloads/nginx.ts';
import { redis } from '../../../charts/workloads/redis.ts';
import { web } from '../../../charts/workloads/web.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import type { Application } from '../../../environments/contract.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { hasMediaVolume } from '../../../environments/media.ts';
import { production } from '../../../environments/production.ts';
import { wholeIngress } from '../../lib/addresses.ts';
import { small } from '../../lib/applications.ts';
import type { Manifest } from '../../lib/manifest-types.ts';
import { containerOf, object, objects, podOf, secretsOf, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('there is an nginx only where it serves the static files, or shares the site with other programs', () => {
    const names = objects(environment, 'Deployment').map(({ metadata }) => metadata.name);
    expect(names).toContain('web');
    expect(names.includes('nginx')).toBe(hasNginx(environment, workloadsOf(environment)));
  });

  // In dev it is there for other programs only: see below.
  if (environment.kind === 'dev') return;
  const size = environment.nginx;
  // What only this site has is told by a ConfigMap.
  const isAlone =
    routesOf(environment, workloadsOf(environment)).length === 0 && !tlsHasEnded(environment.address);
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

  test('it reads them and the uploads, and changes none', () => {
    const onVolume = hasMediaVolume(environment);
    expect(nginx().volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'static', mountPath: '/srv/static', readOnly: true },
      ...(isAlone ? [] : [expect.objectContaining({ name: 'routes' })]),
      ...(onVolume ? [{ name: 'media', mountPath: '/srv/media', readOnly: true }] : []),
    ]);
    expect(pod().volumes).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: expect.stringMatching(/^\d{3}Mi$/) } },
      { name: 'static', emptyDir: { sizeLimit: '256Mi' } },
      ...(isAlone ? [] : [expect.objectContaining({ name: 'routes' })]),
      ...(onVolume ? [{ name: 'media', persistentVolumeClaim: { claimName: 'media' } }] : []),
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

  test('it answers until every node has heard that it leaves, and has the time of the slowest page for what it has begun', () => {
    expect(nginx().lifecycle).toEqual({ preStop: { exec: { command: ['sleep', '5'] } } });
    const { slowestPageSeconds = 60 }: Application = environment.application;
    expect(pod().terminationGracePeriodSeconds).toBe(5 + slowestPageSeconds + 10);
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

test('its Service has the annotations and labels of the address, beside those of the charts', () => {
  const inProduction = object({ ...production, address: wholeIngress }, 'Service', 'nginx').metadata;
  expect(inProduction.annotations).toEqual({ 'example.org/health-check': '/nginx-health' });
  expect(inProduction.labels).toEqual({
    ...object(production, 'Service', 'nginx').metadata.labels,
    zone: 'public',
  });
  expect(object(production, 'Service', 'nginx').metadata).not.toHaveProperty('annotations');
});

test('it is of the web tier', () => {
  expect(workload.tier).toBe('web');
});

describe('with another program on the site', () => {
  const inDev = { ...dev, application: small };
  const inProduction = { ...production, application: small };
  const charts: Workload = { ...redis, name: 'charts', ports: { http: 3000 }, route: () => route };
  const route: Route = { path: '/charts/', port: 3000 };
  const others = (environment: AnyEnvironment) => [...workloadsOf(environment), charts];
  const objectsIn = (environment: AnyEnvironment) => {
    const app = appIn('unused');
    for (const each of [web, workload]) addWorkload(app, each, environment, others(environment));
    return app.charts.flatMap((chart): Manifest[] => chart.toJson());
  };
  const find = (environment: AnyEnvironment, kind: string, name: string) =>
    objectsIn(environment).find((each) => each.kind === kind && each.metadata.name.startsWith(name));
  const pod = (environment: AnyEnvironment) => find(environment, 'Deployment', 'nginx')?.spec?.template?.spec;

  test.each([inDev, inProduction])(
    'it is told of the program by a ConfigMap that is named by its content: $namespace',
    (environment) => {
      const told = routesConfiguration(environment, web, routesOf(environment, others(environment)));
      const configMap = find(environment, 'ConfigMap', 'nginx-');
      expect(configMap?.data).toEqual(told);
      expect(configMap?.metadata.name).toBe(`nginx-${contentHash(told)}`);
      expect(pod(environment)?.volumes).toContainEqual({
        name: 'routes',
        configMap: { name: configMap?.metadata.name },
      });
      expect(pod(environment)?.containers[0]?.volumeMounts).toContainEqual({
        name: 'routes',
        mountPath: '/etc/coped-nginx',
        readOnly: true,
      });
    },
  );

  test('it connects to the program', () => {
    expect(workload.opens(inProduction, others(inProduction))).toContainEqual({
      to: charts,
      port: 3000,
      why: 'nginx passes requests for /charts/ on to charts',
    });
  });

  test('in dev the visitors come to it, and it copies no static files', () => {
    const { nodePort } = dev.address;
    expect(find(inDev, 'Service', 'nginx')?.spec?.ports?.map((port) => port.nodePort)).toEqual([nodePort]);
    expect(find(inDev, 'Service', 'web')?.spec?.ports?.map((port) => port.nodePort)).toEqual([undefined]);
    expect(web.receives?.(inDev, others(inDev))).toEqual([]);
    expect(pod(inDev)?.initContainers).toBeUndefined();
    expect(pod(inDev)?.volumes.map(({ name }) => name)).toEqual(['tmp', 'routes']);
  });
});
