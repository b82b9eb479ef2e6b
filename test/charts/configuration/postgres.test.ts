import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { databaseAccess } from '../../../charts/configuration/databases.ts';
import { archiveSettings } from '../../../charts/configuration/pgbackrest.ts';
import { configuration } from '../../../charts/configuration/postgres.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { containerOf, object, podOf, templateOf, variants } from '../../lib/manifests.ts';

interface ClusterSettings {
  readonly ttl: number;
  readonly loop_wait: number;
  readonly retry_timeout: number;
  readonly postgresql: {
    readonly use_pg_rewind: boolean;
    readonly use_slots: boolean;
    readonly parameters: Readonly<Record<string, string | number>>;
    readonly pg_hba: readonly string[];
    readonly pg_ident: readonly string[];
  };
}

interface MemberSettings {
  readonly scope: string;
  readonly kubernetes: {
    readonly namespace: string;
    readonly scope_label: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly postgresql: Readonly<Record<string, string>> & { readonly authentication: object };
}

function file<Type>(environment: AnyEnvironment, name: string): Type {
  return load(object(environment, 'ConfigMap', 'postgres').data?.[name] ?? '') as Type;
}

function mebibytes(value: string | number | undefined): number {
  const [, digits] = /^(\d+)MB$/.exec(`${value}`) ?? [];
  if (digits === undefined) throw new Error(`${value} is not in MB`);
  return Number(digits);
}

const certificate = '/run/secrets/tls/tls.crt';
const key = '/run/secrets/tls/tls.key';
const authority = '/run/secrets/tls/ca.crt';

describe.each(variants)(
  "Patroni's settings of a cluster, $namespace at $address.kind address",
  (environment) => {
    const cluster = () => file<ClusterSettings>(environment, 'cluster.yml');
    const parameters = () => cluster().postgresql.parameters;
    const access = () => cluster().postgresql.pg_hba;
    const { memoryMebibytes, storageGibibytes } = environment.postgres;

    test('commits wait for another member, but a member that is alone goes on', () => {
      expect(cluster()).toMatchObject({ synchronous_mode: true });
      expect(cluster()).not.toHaveProperty('synchronous_mode_strict');
    });

    test('a primary gives its lock up before another takes it, and keeps it while the API is away', () => {
      const { ttl, loop_wait, retry_timeout } = cluster();
      expect({ ttl, loop_wait, retry_timeout }).toEqual({ ttl: 20, loop_wait: 5, retry_timeout: 5 });
      expect(loop_wait + 2 * retry_timeout).toBeLessThanOrEqual(ttl);
      expect(cluster()).toMatchObject({ failsafe_mode: true });
    });

    test('a primary of before follows the new one without a copy of everything, and misses no WAL', () => {
      expect(cluster().postgresql).toMatchObject({ use_pg_rewind: true, use_slots: true });
    });

    test('the network gets in by TLS 1.3 only, with the certificate of the member', () => {
      expect(parameters()).toMatchObject({
        ssl: 'on',
        ssl_min_protocol_version: 'TLSv1.3',
        ssl_cert_file: certificate,
        ssl_key_file: key,
        ssl_ca_file: authority,
      });
    });

    test('the superuser comes over the socket, members and backups by certificate, the application by a password that is not sent, nobody else', () => {
      expect(access()).toEqual([
        'local all postgres peer',
        'hostssl replication replicator all scram-sha-256 clientcert=verify-ca',
        'hostssl postgres replicator all scram-sha-256 clientcert=verify-ca',
        ...databaseAccess(environment),
        'host all all all reject',
      ]);
      expect(cluster().postgresql.pg_ident).toEqual(['members postgres coped_backup']);
      expect(parameters().password_encryption).toBe('scram-sha-256');
    });

    test('memory bounds what Postgres takes, as its documentation advises', () => {
      expect(parameters()).toMatchObject({
        max_connections: 100,
        shared_buffers: `${Math.floor(memoryMebibytes / 4)}MB`,
        effective_cache_size: `${Math.floor(memoryMebibytes / 2)}MB`,
        maintenance_work_mem: `${Math.floor(memoryMebibytes / 16)}MB`,
        work_mem: `${Math.max(1, Math.floor(memoryMebibytes / 256))}MB`,
      });
      // Each connection may sort at the same time.
      const sorts = mebibytes(parameters().work_mem) * Number(parameters().max_connections);
      expect(sorts).toBeLessThanOrEqual(memoryMebibytes / 2);
    });

    test('no huge page is asked for, of which a node may have some and the pod none', () => {
      expect(parameters().huge_pages).toBe('off');
    });

    test('a third of the volume bounds the WAL: what the server keeps, and what waits for a member that is away', () => {
      const storage = storageGibibytes * 1024;
      expect(mebibytes(parameters().max_slot_wal_keep_size)).toBe(Math.floor(storage / 5));
      expect(mebibytes(parameters().max_wal_size)).toBe(Math.min(1024, Math.floor(storage / 10)));
      expect(mebibytes(parameters().min_wal_size)).toBe(80);
      expect(mebibytes(parameters().max_wal_size)).toBeGreaterThan(80);
    });

    test('a restore finds the time of the last commit, and logs say the time and the session, in UTC', () => {
      expect(parameters()).toMatchObject({
        track_commit_timestamp: 'on',
        log_line_prefix: '%m [%p] %q%u@%d ',
        log_timezone: 'UTC',
        timezone: 'UTC',
      });
    });

    test('the socket is where its container has a folder for it', () => {
      const mounts = containerOf(podOf(environment, 'StatefulSet', 'postgres'), 'postgres').volumeMounts;
      expect(mounts).toContainEqual({ name: 'run', mountPath: parameters().unix_socket_directories });
    });

    test('nothing else is set: fsync, synchronous_commit and the rest are as Postgres has them', () => {
      const own = /^(archive|ssl|log)_|_(size|mem|buffers)$/;
      expect(Object.keys(parameters()).filter((name) => !own.test(name))).toEqual([
        'unix_socket_directories',
        'max_connections',
        'huge_pages',
        'ssl',
        'password_encryption',
        'track_commit_timestamp',
        'timezone',
      ]);
      expect(parameters()).toMatchObject(archiveSettings(environment));
      expect(Object.keys(cluster()).sort()).toEqual([
        'failsafe_mode',
        'loop_wait',
        'postgresql',
        'retry_timeout',
        'synchronous_mode',
        'ttl',
      ]);
    });
  },
);

describe.each(variants)(
  "Patroni's settings of a member, $namespace at $address.kind address",
  (environment) => {
    const member = () => file<MemberSettings>(environment, 'member.yml');

    test('it finds its peers by labels that they have, keeps its state in ConfigMaps, and says its role by a label', () => {
      expect(member().scope).toBe('postgres');
      expect(member().kubernetes).toEqual({
        namespace: environment.namespace,
        scope_label: 'app.kubernetes.io/name',
        labels: {
          'app.kubernetes.io/instance': environment.namespace,
          'app.kubernetes.io/part-of': 'coped',
        },
        role_label: 'coped/role',
        use_endpoints: false,
      });
      const { scope, kubernetes } = member();
      const pods = templateOf(environment, 'StatefulSet', 'postgres').metadata?.labels;
      expect(pods).toMatchObject({ ...kubernetes.labels, [kubernetes.scope_label]: scope });
    });

    test('anybody may ask how it does, by TLS; only a member may tell it to do something', () => {
      expect(member()).toMatchObject({
        restapi: {
          listen: `*:${postgres.ports.patroni}`,
          certfile: certificate,
          keyfile: key,
          cafile: authority,
          verify_client: 'optional',
        },
        ctl: { certfile: certificate, keyfile: key, cacert: authority },
      });
    });

    test('members verify each other, and copy and rewind as the same role', () => {
      const login = {
        username: 'replicator',
        sslmode: 'verify-full',
        sslrootcert: authority,
        sslcert: certificate,
        sslkey: key,
      };
      expect(member().postgresql.authentication).toEqual({
        superuser: { username: 'postgres' },
        replication: login,
        rewind: login,
      });
    });

    test('a new cluster has checksums, and an order of text that no library changes', () => {
      expect(member()).toMatchObject({
        bootstrap: { initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'data-checksums'] },
      });
    });

    test('it asks for no watchdog, which a hardened pod cannot have', () => {
      expect(member()).toMatchObject({ watchdog: { mode: 'off' } });
    });

    test('its data are in a folder of the volume, its password file in memory, and it copies at once', () => {
      expect(member().postgresql).toEqual({
        listen: `*:${postgres.ports.postgres}`,
        data_dir: '/var/lib/postgresql/data/pgdata',
        pgpass: '/run/postgresql/pgpass',
        basebackup: [{ checkpoint: 'fast' }],
        use_unix_socket: true,
        authentication: expect.anything(),
      });
      const pod = podOf(environment, 'StatefulSet', 'postgres');
      expect(containerOf(pod, 'postgres').volumeMounts).toContainEqual({
        name: 'data',
        mountPath: '/var/lib/postgresql/data',
      });
      expect(pod.volumes?.find(({ name }) => name === 'run')?.emptyDir?.medium).toBe('Memory');
    });

    test('a file of settings has no line that is folded', () => {
      for (const text of Object.values(configuration(postgres, environment))) expect(text).not.toMatch(/>-/);
    });
  },
);

test('a member with little memory still sorts in it', () => {
  const small = { ...production, postgres: { ...production.postgres, memoryMebibytes: 200 } };
  expect(configuration(postgres, small)['cluster.yml']).toContain('work_mem: 1MB');
});
