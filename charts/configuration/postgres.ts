import type { k8s } from 'cdk8s-plus-27';
import { dump } from 'js-yaml';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { inMemory } from '../lib/hardened-pod.ts';
import type { Workload } from '../lib/workload.ts';
import { backupRole, databaseAccess, databaseSettings } from './databases.ts';
import { archiveSettings, pgdataPath, tlsPath } from './pgbackrest.ts';
import { userFiles } from './user.ts';

/** Folder of Postgres' socket, and of the files that a member writes when it starts. */
export const socketPath = '/run/postgresql';

/** ConfigMaps in which Patroni keeps the cluster's state. */
export const patroniConfigMaps = ['config', 'leader', 'sync', 'failover'].map((part) => `postgres-${part}`);

/**
 * The volume for the hash tables that the processes of a parallel query share. What is in use counts towards the memory
 * limit, of which the other half is for the rest. A query that needs more fails before the whole server is killed.
 */
export function sharedMemory({ postgres: { memoryMebibytes } }: AnyEnvironment): k8s.Volume {
  return inMemory('shared-memory', Math.floor(memoryMebibytes / 2));
}

/** Label that Patroni gives its pods: `primary` or `replica`. */
export const roleLabel = 'coped/role';

/** Role with which the members copy each other's data. */
export const replicationRole = 'replicator';

/** The workload, as far as the files name it. */
type Postgres = Workload<'postgres', 'postgres' | 'patroni'>;

/** The files with Patroni's settings and the databases, as each member finds them. */
export function configuration(postgres: Postgres, environment: AnyEnvironment): Record<string, string> {
  return {
    'member.yml': dump(memberSettings(postgres, environment)),
    'cluster.yml': dump(clusterSettings(environment), { lineWidth: -1 }),
    ...databaseSettings(environment),
    ...userFiles(environment),
  };
}

const tlsFiles = {
  certificate: `${tlsPath}/tls.crt`,
  key: `${tlsPath}/tls.key`,
  authority: `${tlsPath}/ca.crt`,
};

/**
 * Patroni's settings of each member; a change restarts the pods.
 *
 * @see https://patroni.readthedocs.io/en/latest/yaml_configuration.html
 */
function memberSettings(postgres: Postgres, environment: AnyEnvironment): object {
  const member = {
    username: replicationRole,
    sslmode: 'verify-full',
    sslrootcert: tlsFiles.authority,
    sslcert: tlsFiles.certificate,
    sslkey: tlsFiles.key,
  };
  return {
    scope: 'postgres',
    kubernetes: {
      namespace: environment.namespace,
      scope_label: 'app.kubernetes.io/name',
      labels: {
        'app.kubernetes.io/instance': environment.namespace,
        'app.kubernetes.io/part-of': 'coped',
      },
      role_label: roleLabel,
      use_endpoints: false,
    },
    restapi: {
      listen: `*:${postgres.ports.patroni}`,
      certfile: tlsFiles.certificate,
      keyfile: tlsFiles.key,
      cafile: tlsFiles.authority,
      // Anybody may read the state of a member, but only another member may tell it to do something.
      verify_client: 'optional',
    },
    ctl: { certfile: tlsFiles.certificate, keyfile: tlsFiles.key, cacert: tlsFiles.authority },
    watchdog: { mode: 'off' },
    bootstrap: {
      initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'data-checksums'],
    },
    postgresql: {
      listen: `*:${postgres.ports.postgres}`,
      data_dir: pgdataPath,
      pgpass: `${socketPath}/pgpass`,
      // A new replica starts to copy at once, without waiting for the primary's next checkpoint.
      basebackup: [{ checkpoint: 'fast' }],
      use_unix_socket: true,
      authentication: {
        superuser: { username: 'postgres' },
        replication: member,
        rewind: member,
      },
    },
  };
}

/**
 * The settings that all members share, sized by the memory and the volume of a member. A running cluster takes a change
 * over, and restarts its members one after the other if the change needs a restart.
 *
 * @see https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 * @see https://www.postgresql.org/docs/17/runtime-config.html
 * @see https://www.postgresql.org/docs/17/auth-pg-hba-conf.html
 */
function clusterSettings(environment: AnyEnvironment): object {
  const { memoryMebibytes, storageGibibytes } = environment.postgres;
  const storageMebibytes = storageGibibytes * 1024;
  return {
    // A primary that cannot renew its lock is replaced after 20 s. loop_wait + 2 × retry_timeout must not exceed that.
    ttl: 20,
    loop_wait: 5,
    retry_timeout: 5,
    // A commit is acknowledged when another member has it too. This is not strict, so a member that is alone goes on.
    synchronous_mode: true,
    // While the Kubernetes API is unavailable, the primary goes on as long as all members agree.
    failsafe_mode: true,
    postgresql: {
      use_pg_rewind: true,
      use_slots: true,
      parameters: {
        unix_socket_directories: socketPath,
        max_connections: 100,
        shared_buffers: `${Math.floor(memoryMebibytes / 4)}MB`,
        effective_cache_size: `${Math.floor(memoryMebibytes / 2)}MB`,
        work_mem: `${Math.max(1, Math.floor(memoryMebibytes / 256))}MB`,
        // A node may have huge pages of which the pod has none; then the server would be killed at its start.
        huge_pages: 'off',
        maintenance_work_mem: `${Math.floor(memoryMebibytes / 16)}MB`,
        ssl: 'on',
        ssl_cert_file: tlsFiles.certificate,
        ssl_key_file: tlsFiles.key,
        ssl_ca_file: tlsFiles.authority,
        ssl_min_protocol_version: 'TLSv1.3',
        password_encryption: 'scram-sha-256',
        // The volume also holds the WAL that waits for a member that is away. It may take a fifth of the volume; after
        // that, the member copies the data anew.
        max_slot_wal_keep_size: `${Math.floor(storageMebibytes / 5)}MB`,
        max_wal_size: `${Math.min(1024, Math.floor(storageMebibytes / 10))}MB`,
        min_wal_size: '80MB',
        ...archiveSettings(environment),
        // A restore needs the time of the last commit.
        track_commit_timestamp: 'on',
        log_line_prefix: '%m [%p] %q%u@%d ',
        log_timezone: 'UTC',
        timezone: 'UTC',
      },
      pg_hba: [
        // The superuser connects only through the socket of its own container.
        'local all postgres peer',
        // A member proves its identity with its certificate.
        ...['replication', 'postgres'].map(
          (database) => `hostssl ${database} ${replicationRole} all scram-sha-256 clientcert=verify-ca`,
        ),
        ...databaseAccess(environment),
        'host all all all reject',
      ],
      // The certificates of all members are for the name `postgres`.
      pg_ident: [`members postgres ${backupRole}`],
    },
  };
}
