import { describe, expect, test } from '@jest/globals';
import { archiveContainer, archiveVolumes } from '../../../charts/configuration/pgbackrest.ts';
import { credentialFile, secretFile } from '../../../charts/lib/secret-file.ts';
import { postgresRoles } from '../../../charts/lib/users.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { containerOf, manifests, object, podOf, secretsOf, variants } from '../../lib/manifests.ts';

const repository = ['backup-encryption/passphrase', 'backup-s3-key/key', 'backup-s3-secret/secret'];

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const { members, cpuMillicores, memoryMebibytes } = environment.postgres;
  const { backups } = environment;
  const pod = () => podOf(environment, 'StatefulSet', 'postgres');
  const member = () => containerOf(pod(), 'postgres');

  test('Services lead to the primary, to the replicas, and to every member', () => {
    const selectorOf = (name: string) => object(environment, 'Service', name).spec?.selector;
    const all = { 'app.kubernetes.io/name': 'postgres', 'app.kubernetes.io/instance': environment.namespace };
    expect(selectorOf('postgres')).toEqual({ ...all, 'coped/role': 'primary' });
    expect(selectorOf('postgres-replicas')).toEqual({ ...all, 'coped/role': 'replica' });
    expect(selectorOf('postgres-headless')).toEqual(all);
    for (const name of ['postgres', 'postgres-replicas', 'postgres-headless'])
      expect(object(environment, 'Service', name).spec?.ports?.map(({ port }) => port)).toEqual([5432]);
  });

  test('the API lets Patroni write its own state and the labels of its own pods, and nothing else', () => {
    const rule = (resource: string, verbs: string[], resourceNames?: string[]) => ({
      apiGroups: [''],
      resources: [resource],
      ...(resourceNames && { resourceNames }),
      verbs,
    });
    expect(object(environment, 'Role', 'postgres').rules).toEqual([
      rule('configmaps', ['create', 'list', 'watch']),
      rule(
        'configmaps',
        ['patch'],
        ['postgres-config', 'postgres-leader', 'postgres-sync', 'postgres-failover'],
      ),
      rule('configmaps', ['get'], ['postgres-leader']),
      rule('pods', ['list', 'watch']),
      rule(
        'pods',
        ['patch'],
        Array.from({ length: members }, (_, index) => `postgres-${index}`),
      ),
    ]);
  });

  test('probes ask Patroni, by TLS, and being alive does not depend on the role', () => {
    const get = (path: string) => ({
      httpGet: { path, port: 'patroni', scheme: 'HTTPS' },
      timeoutSeconds: 5,
    });
    expect(member()).toMatchObject({
      startupProbe: { ...get('/liveness'), periodSeconds: 1, failureThreshold: 300 },
      livenessProbe: { ...get('/liveness'), periodSeconds: 10, failureThreshold: 3 },
      readinessProbe: { ...get('/readiness'), periodSeconds: 2, failureThreshold: 3 },
    });
  });

  test('a member agrees to stop where another one may take over, and well before it is killed', () => {
    expect(member().lifecycle).toEqual(
      members > 1 ? { preStop: { exec: { command: ['agree-to-stop', '30'] } } } : undefined,
    );
    expect(pod().terminationGracePeriodSeconds).toBe(300);
  });

  test('each member is called by its name, which its certificate holds', () => {
    const self = `$(PATRONI_NAME).postgres-headless.${environment.namespace}`;
    expect(member().env?.slice(0, 5)).toEqual([
      { name: 'PATRONI_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'PATRONI_KUBERNETES_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'PATRONI_POSTGRESQL_CONNECT_ADDRESS', value: `${self}:5432` },
      { name: 'PATRONI_RESTAPI_CONNECT_ADDRESS', value: `${self}:8008` },
      { name: 'PATRONICTL_CONFIG_FILE', value: '/run/postgresql/patroni.json' },
    ]);
    expect(member().env?.slice(5)).toEqual(archiveContainer(environment).env);
  });

  test('each of its containers has its image, and reserves what the environment says', () => {
    const size = (cpu: string, memory: string) => expect.objectContaining({ cpu, memory });
    expect(pod().containers.map(({ name, image, resources }) => [name, image, resources?.requests])).toEqual([
      ['postgres', environment.images.postgres, size(`${cpuMillicores}m`, `${memoryMebibytes}Mi`)],
      ...(backups ? [['pgbackrest', environment.images.postgres, size('10m', '192Mi')]] : []),
    ]);
    expect(pod().initContainers).toBeUndefined();
    expect(member().command).toBeUndefined();
  });

  test('a member reads the passwords of roles, its certificate and the keys of the repository, nothing else', () => {
    expect(secretsOf(pod(), 'postgres')).toEqual(
      [
        'postgres-app/password',
        'postgres-migrator/password',
        'postgres-reader/password',
        'postgres-replication/password',
        'postgres-tls/*',
        ...(backups ? repository : []),
      ].sort(),
    );
    if (backups) expect(secretsOf(pod(), 'pgbackrest')).toEqual(['postgres-tls/*']);
  });

  test('the passwords are files of the names of their roles', () => {
    expect(pod().volumes?.find(({ name }) => name === 'passwords')).toEqual({
      name: 'passwords',
      projected: {
        defaultMode: 0o440,
        sources: [
          credentialFile('SQL_PASSWORD', postgresRoles.app),
          credentialFile('SQL_MIGRATOR_PASSWORD', postgresRoles.migrator),
          credentialFile('SQL_READER_PASSWORD', postgresRoles.reader),
          credentialFile('SQL_REPLICATION_PASSWORD', 'replicator'),
        ],
      },
    });
  });

  test('mounts: settings, certificate and passwords read-only, the data, and folders in memory', () => {
    expect(member().volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'data', mountPath: '/var/lib/postgresql/data' },
      { name: 'run', mountPath: '/run/postgresql' },
      { name: 'shared-memory', mountPath: '/dev/shm' },
      { name: 'settings', mountPath: '/etc/patroni', readOnly: true },
      { name: 'tls', mountPath: '/run/secrets/tls', readOnly: true },
      { name: 'passwords', mountPath: '/run/secrets/passwords', readOnly: true },
      ...archiveContainer(environment).volumeMounts,
    ]);
  });

  test('volumes: the socket and shared memory are in memory; parallel queries may share half of it', () => {
    expect(pod().volumes?.filter(({ name }) => name !== 'passwords')).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      ...archiveVolumes(environment),
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
      {
        name: 'shared-memory',
        emptyDir: { medium: 'Memory', sizeLimit: `${Math.floor(memoryMebibytes / 2)}Mi` },
      },
      { name: 'settings', configMap: { name: 'postgres' } },
      { name: 'tls', secret: { secretName: 'postgres-tls', defaultMode: 0o440 } },
    ]);
  });

  test('it listens for clients, for its peers and, where there are backups, for those who read them', () => {
    expect(member().ports).toEqual([
      { name: 'postgres', containerPort: 5432 },
      { name: 'patroni', containerPort: 8008 },
    ]);
    if (backups)
      expect(containerOf(pod(), 'pgbackrest').ports).toEqual([{ name: 'pgbackrest', containerPort: 8432 }]);
  });

  test.each([
    ['application', 'coped', 'SQL_PASSWORD'],
    ['migrator', 'coped_migrator', 'SQL_MIGRATOR_PASSWORD'],
  ] as const)(
    'the application connects as %s by the role %s, and verifies by TLS 1.3 to whom',
    (role, user, password) => {
      const { connection, settings, files } = postgres.forApplication?.(environment, role) ?? {};
      expect(connection).toMatchObject({ to: postgres, port: 5432 });
      expect(settings).toEqual({
        SQL_HOST: 'postgres',
        SQL_PORT: '5432',
        SQL_DATABASE: 'coped',
        SQL_USER: user,
        SQL_PASSWORD: { credential: password },
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: '/run/secrets/coped/postgres-ca.crt',
        PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
      });
      expect(files).toEqual([secretFile('postgres-tls', 'ca.crt', 'postgres-ca.crt')]);
    },
  );
});

test('there is one mechanism for any number of members', () => {
  const names = (environment: AnyEnvironment) =>
    manifests(environment)
      .filter(({ metadata }) => metadata.name.startsWith('postgres'))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .filter((name) => !name.startsWith('NetworkPolicy') && name !== 'PodDisruptionBudget postgres');
  expect(names(production)).toEqual(expect.arrayContaining(names(dev)));
});

test('it is of the data tier', () => {
  expect(postgres.tier).toBe('data');
});
