import { describe, expect, test } from '@jest/globals';
import { workloadsOf } from '../../../charts/workloads.ts';
import type { Application, Program } from '../../../environments/contract.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { containerOf, object, objects, podOf, secretsOf } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const { flower } = application.programs;
/** A program with all that one can have. */
const charts: Program = {
  ...flower,
  port: 3000,
  route: { path: '/charts/', stripped: true },
  args: ['--verbose'],
  alive: '/alive',
  ready: '/ready',
  startsWithinSeconds: 301,
  replicas: { dev: 1, staging: 1, production: 2 },
  settings: {
    'charts.user': 'charts',
    PASSWORD: { credential: 'SQL_READER_PASSWORD' },
    KEY_FILE: { fileOf: 'SECRET_KEY' },
    OTHER_KEY_FILE: { fileOf: 'SECRET_KEY' },
    BACKUP: { credential: 'BACKUP_S3_KEY' },
    BACKUP_FILE: { fileOf: 'BACKUP_S3_SECRET' },
  },
  writable: { '/tmp': 512, '/plugins': 100, '/var/lib/x': 10 },
  uses: ['postgres'],
  reaches: [{ what: 'maps', port: 443, cidrs: ['192.0.2.0/24'], why: 'it draws maps' }],
};
const withPrograms = (environment: AnyEnvironment, programs: Application['programs'] = { charts }) =>
  ({ ...environment, application: { ...application, programs } }) as AnyEnvironment;
const inDev = withPrograms(dev);
const inProduction = withPrograms(production);
const pod = (environment: AnyEnvironment) => podOf(environment, 'Deployment', 'charts');
const container = (environment: AnyEnvironment) => containerOf(pod(environment), 'charts');

test('a program is a workload like any other, with its Service, its part of the site and its budget', () => {
  const [found] = workloadsOf(inProduction).filter(({ name }) => name === 'charts');
  expect(found).toMatchObject({ description: charts.description, tier: 'web', ports: { http: 3000 } });
  expect(found?.route?.(inProduction)).toEqual({ path: '/charts/', stripped: true, port: 3000 });
  expect(object(inProduction, 'Service', 'charts').spec?.ports).toEqual([
    { name: 'http', port: 3000, targetPort: 'http' },
  ]);
  expect(objects(inProduction, 'PodDisruptionBudget').map(({ metadata }) => metadata.name)).toContain(
    'charts',
  );
});

test('a program without a route has no part of the site', () => {
  const { route: _, ...none } = charts;
  const environment = withPrograms(dev, { charts: none });
  const [found] = workloadsOf(environment).filter(({ name }) => name === 'charts');
  expect(found?.route?.(environment)).toBeUndefined();
});

test('a program without files and folders has /tmp and nothing else', () => {
  const { settings: _, writable: __, uses: ___, ...none } = charts;
  const only = podOf(withPrograms(production, { charts: none }), 'Deployment', 'charts');
  expect(containerOf(only, 'charts').volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
  expect(only.volumes?.map(({ name }) => name)).toEqual(['tmp']);
});

test('it connects to what it uses and what it declares, and to DNS', () => {
  const workloads = workloadsOf(inProduction);
  const opened = workloads.find(({ name }) => name === 'charts')?.opens(inProduction, workloads);
  expect(opened?.map(({ to, port, why }) => [to.name, port, why])).toEqual([
    ['postgres', 5432, 'charts uses postgres'],
    ['maps', 443, 'it draws maps'],
    ['cluster-dns', 53, expect.any(String)],
    ['cluster-dns', 53, expect.any(String)],
  ]);
});

test('a program may not have the name of a process', () => {
  expect(() => workloadsOf(withPrograms(dev, { worker: charts }))).toThrow(
    /calls a process or a program "worker", as another workload or Service is called/,
  );
});

test('as many run as its kind of environment says, or never two', () => {
  for (const [environment, replicas] of [
    [inDev, 1],
    [inProduction, 2],
  ] as const) {
    const { spec } = object(environment, 'Deployment', 'charts');
    expect([spec?.replicas, spec?.strategy?.type]).toEqual([replicas, 'RollingUpdate']);
  }
  const { spec } = object({ ...production, application }, 'Deployment', 'flower');
  expect([spec?.replicas, spec?.strategy]).toEqual([1, { type: 'Recreate' }]);
});

describe('its container', () => {
  test('runs the image, with its command and arguments if they are given', () => {
    expect(container(inDev)).toMatchObject({
      image: charts.image,
      command: charts.command,
      args: charts.args,
      ports: [{ name: 'http', containerPort: 3000 }],
      resources: { requests: { cpu: `${charts.cpuMillicores}m`, memory: `${charts.memoryMebibytes}Mi` } },
    });
    const { command: _, args: __, ...own } = charts;
    const { command, args } = containerOf(podOf(withPrograms(dev, { own }), 'Deployment', 'own'), 'own');
    expect([command, args]).toEqual([undefined, undefined]);
  });

  test('has the address of the site, what it may know of what it uses, and its own settings, in this order', () => {
    const secret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
    const plain = {
      SQL_HOST: 'postgres',
      SQL_PORT: '5432',
      SQL_DATABASE: 'coped',
      SQL_USER: 'coped',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/run/secrets/coped/postgres-ca.crt',
      PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
    };
    expect(container(inDev).env).toEqual([
      { name: 'SITE_URL', value: 'http://localhost:8000' },
      ...Object.entries(plain).map(([name, value]) => ({ name, value })),
      { name: 'charts.user', value: 'charts' },
      { name: 'PASSWORD', ...secret('postgres-reader', 'password') },
      { name: 'KEY_FILE', value: '/run/secrets/coped/SECRET_KEY' },
      { name: 'OTHER_KEY_FILE', value: '/run/secrets/coped/SECRET_KEY' },
    ]);
    // There are no backups in dev.
    expect(container(inProduction).env?.slice(-2)).toEqual([
      { name: 'BACKUP', ...secret('backup-s3-key', 'key') },
      { name: 'BACKUP_FILE', value: '/run/secrets/coped/BACKUP_S3_SECRET' },
    ]);
  });

  test('reads the secrets that it names, and the authority of what it uses', () => {
    expect(secretsOf(pod(inDev), 'charts')).toEqual([
      'django/secret-key',
      'postgres-reader/password',
      'postgres-tls/ca.crt',
    ]);
    expect(pod(inDev).volumes?.find(({ name }) => name === 'files')?.projected).toEqual({
      sources: [
        { secret: { name: 'django', items: [{ key: 'secret-key', path: 'SECRET_KEY' }] } },
        { secret: { name: 'postgres-tls', items: [{ key: 'ca.crt', path: 'postgres-ca.crt' }] } },
      ],
      defaultMode: 0o440,
    });
    const { uses: _, settings: __, ...bare } = charts;
    const none = podOf(withPrograms(dev, { bare }), 'Deployment', 'bare');
    expect(secretsOf(none, 'bare')).toEqual([]);
    expect(none.volumes?.map(({ name }) => name)).not.toContain('files');
  });

  test('writes to the folders that it names, of their sizes, and to nothing else', () => {
    expect(container(inDev).volumeMounts?.filter(({ readOnly }) => !readOnly)).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'writable-1', mountPath: '/plugins' },
      { name: 'writable-2', mountPath: '/var/lib/x' },
    ]);
    expect(pod(inDev).volumes?.filter(({ emptyDir }) => emptyDir)).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '512Mi' } },
      { name: 'writable-1', emptyDir: { sizeLimit: '100Mi' } },
      { name: 'writable-2', emptyDir: { sizeLimit: '10Mi' } },
    ]);
    const inSecond = podOf({ ...dev, application }, 'Deployment', 'flower');
    expect(inSecond.volumes?.filter(({ emptyDir }) => emptyDir)).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
    ]);
  });

  test('is asked as a visitor asks, and has the time to start that it needs', () => {
    const probe = (path: string) => ({
      httpGet: { path, port: 'http', httpHeaders: [{ name: 'Host', value: production.address.host }] },
      timeoutSeconds: 5,
    });
    expect(container(inProduction)).toMatchObject({
      startupProbe: { ...probe('/alive'), periodSeconds: 5, failureThreshold: 61 },
      livenessProbe: { ...probe('/alive'), periodSeconds: 10, failureThreshold: 6 },
      readinessProbe: { ...probe('/ready'), periodSeconds: 5, failureThreshold: 2 },
    });
  });

  test('answers until every node has heard that it leaves', () => {
    expect(container(inDev).lifecycle).toEqual({ preStop: { exec: { command: ['sleep', '5'] } } });
    expect(pod(inDev).terminationGracePeriodSeconds).toBe(45);
  });
});
