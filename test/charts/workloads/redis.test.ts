import { describe, expect, test } from '@jest/globals';
import { redis } from '../../../charts/workloads/redis.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { small } from '../../lib/applications.ts';
import { containerOf, manifests, object, objects, podOf, secretsOf } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const size = { cpuMillicores: 20, memoryMebibytes: 128 };
const withVolume: AnyEnvironment = { ...production, application };
const without: AnyEnvironment = { ...dev, application: { ...application, redis: size } };

const configuration = (environment: AnyEnvironment) => {
  const [found] = objects(environment, 'ConfigMap').filter(({ metadata }) => /^redis-/.test(metadata.name));
  const lines = found?.data?.['redis.conf']?.trimEnd().split('\n') ?? [];
  return {
    name: found?.metadata.name,
    settings: Object.fromEntries(lines.map((line) => line.split(/ (.*)/).slice(0, 2))),
  };
};

test('only an application that has Redis gets one', () => {
  const names = (environment: AnyEnvironment) =>
    new Set(manifests(environment).map(({ metadata }) => metadata.labels?.['app.kubernetes.io/name']));
  expect(names(withVolume).has('redis')).toBe(true);
  for (const environment of [dev, production])
    expect(names({ ...environment, application: small }).has('redis')).toBe(false);
});

describe.each([
  ['with a volume', withVolume, 'StatefulSet'],
  ['without a volume', without, 'Deployment'],
] as const)('%s', (_, environment, kind) => {
  const pod = () => podOf(environment, kind, 'redis');
  const container = () => containerOf(pod(), 'redis');

  test('only clients that use TLS 1.3 and have the password come in; a full queue refuses tasks, and forgets none', () => {
    const { dir, appendonly, appendfsync, ...settings } = configuration(environment).settings;
    expect(settings).toEqual({
      port: '0',
      'tls-port': '6379',
      'tls-protocols': 'TLSv1.3',
      'tls-cert-file': '/run/secrets/tls/tls.crt',
      'tls-key-file': '/run/secrets/tls/tls.key',
      'tls-ca-cert-file': '/run/secrets/tls/ca.crt',
      'tls-auth-clients': 'no',
      'protected-mode': 'no',
      aclfile: '/tmp/users.acl',
      unixsocket: '/tmp/redis.sock',
      unixsocketperm: '700',
      'maxmemory-policy': 'noeviction',
      maxmemory: '64mb',
      save: '""',
    });
    const onDisk = { dir: '/var/lib/redis', appendonly: 'yes', appendfsync: 'always' };
    expect({ dir, appendonly, appendfsync }).toEqual(
      kind === 'StatefulSet' ? onDisk : { dir: '/tmp', appendonly: undefined, appendfsync: undefined },
    );
    expect(secretsOf(pod(), 'redis')).toEqual(['redis-app/password', 'redis-tls/*']);
  });

  test('finds its password, its certificate and its settings where they are mounted, and mounts what is there', () => {
    const paths = container().volumeMounts?.map(({ name, mountPath }) => [name, mountPath]) ?? [];
    expect(Object.fromEntries(paths)).toEqual({
      configuration: '/etc/coped-redis',
      password: '/run/secrets/redis',
      tls: '/run/secrets/tls',
      tmp: '/tmp',
      ...(kind === 'StatefulSet' && { data: '/var/lib/redis' }),
    });
    const items = [{ key: 'password', path: 'password' }];
    expect(pod().volumes?.find(({ name }) => name === 'password')?.projected?.sources).toEqual([
      { secret: { name: 'redis-app', items } },
    ]);
  });

  test('has the size that the application says', () => {
    expect(container().resources?.requests).toMatchObject({ cpu: '20m', memory: '128Mi' });
  });

  test('restarts when its configuration changes', () => {
    const { name } = configuration(environment);
    expect(name).toMatch(/^redis-[0-9a-f]{10}$/);
    expect(pod().volumes).toContainEqual({ name: 'configuration', configMap: { name } });
    expect(container().volumeMounts).toContainEqual({
      name: 'configuration',
      mountPath: '/etc/coped-redis',
      readOnly: true,
    });
  });

  test('gets no connections while it loads its file, and is not restarted for that', () => {
    const ping = 'REDISCLI_AUTH=$(cat /run/secrets/redis/password) redis-cli -e -s /tmp/redis.sock ping';
    const probe = (expected: string) => ({
      exec: { command: ['sh', '-c', `${ping} 2>&1 | grep --quiet ${expected}`] },
      timeoutSeconds: 5,
    });
    expect(container().readinessProbe).toEqual({ ...probe('PONG'), periodSeconds: 5, failureThreshold: 2 });
    expect(container().livenessProbe).toEqual({
      ...probe("'PONG\\|LOADING'"),
      periodSeconds: 10,
      failureThreshold: 6,
    });
  });
});

test('with a volume, a task is on it before Redis says that it has the task', () => {
  const container = containerOf(podOf(withVolume, 'StatefulSet', 'redis'), 'redis');
  expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/redis' });
  const [claim] = object(withVolume, 'StatefulSet', 'redis').spec?.volumeClaimTemplates ?? [];
  expect(claim?.spec?.resources?.requests).toEqual({ storage: `${application.redis.storageGibibytes}Gi` });
});

test('without a volume, there are never two', () => {
  const { spec } = object(without, 'Deployment', 'redis');
  expect([spec?.replicas, spec?.strategy?.type]).toEqual([1, 'Recreate']);
});

test.each(['application', 'migrator'] as const)(
  'the application gets it as %s by the names of the contract',
  (role) => {
    expect(redis.forApplication?.(withVolume, role)).toMatchObject({
      connection: { to: redis, port: 6379 },
      settings: {
        REDIS_HOST: 'redis',
        REDIS_PORT: '6379',
        REDIS_PASSWORD: { credential: 'REDIS_PASSWORD' },
        REDIS_CA_FILE: '/run/secrets/coped/redis-ca.crt',
      },
      files: [{ secret: { name: 'redis-tls', items: [{ key: 'ca.crt', path: 'redis-ca.crt' }] } }],
    });
  },
);

test('it is of the data tier, and opens no connection', () => {
  expect([redis.tier, redis.opens(withVolume, [])]).toEqual(['data', []]);
});
