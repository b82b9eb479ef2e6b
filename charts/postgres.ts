import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { dump } from 'js-yaml';
import { type CredentialName, credentials } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { backupsOf } from './connections.ts';
import { applicationUser, postgresRoles } from './lib/application.ts';
import { DataStatefulSet, dataClaim, dataServices, headlessName } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentHash, labels, ports, selector } from './lib/names.ts';
import { archiveSettings, backupServer, pgbackrestContainer, pgbackrestVolumes } from './lib/pgbackrest.ts';
import { serviceAccount } from './lib/service-account.ts';
import { tlsVolume } from './lib/tls.ts';

const dataPath = '/var/lib/postgresql/data';
const settingsPath = '/etc/patroni';
const tlsPath = '/run/secrets/tls';
const passwordsPath = '/run/secrets/passwords';
const socketPath = '/run/postgresql';
const portName = 'postgres';

/** Label that Patroni gives its pods: `primary` or `replica`. */
const roleLabel = 'coped/role';

/** Role by which the members copy each other's data. */
const replicationRole = 'replicator';

/** Role that backups use; it comes with a certificate instead of a password. */
const backupRole = 'coped_backup';

/** Which credential is the password of which role. */
const passwords: Readonly<Record<string, CredentialName>> = {
  [postgresRoles.app]: 'SQL_PASSWORD',
  [postgresRoles.migrator]: 'SQL_MIGRATOR_PASSWORD',
  [postgresRoles.reader]: 'SQL_READER_PASSWORD',
  [replicationRole]: 'SQL_REPLICATION_PASSWORD',
};

/** Postgres: members of a Patroni cluster, one of them the primary, each with a volume of its own. */
export function postgres(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '30-postgres', { namespace: environment.namespace });
  const { members } = environment.postgres;
  const metadata = { name: 'postgres', labels: labels(environment, 'postgres') };
  const settings = {
    'member.yml': dump(memberSettings(environment), { lineWidth: -1 }),
    'cluster.yml': dump(clusterSettings(environment), { lineWidth: -1 }),
  };

  serviceAccount(chart, environment, 'postgres');
  apiAccess(chart, environment);
  new k8s.KubeConfigMap(chart, 'configuration', { metadata, data: settings });
  dataServices(chart, environment, 'postgres', portName, { [roleLabel]: 'primary' });
  new k8s.KubeService(chart, 'replicas-service', {
    metadata: { ...metadata, name: 'postgres-replicas' },
    spec: {
      selector: { ...selector(environment, 'postgres'), [roleLabel]: 'replica' },
      ports: [{ name: portName, port: ports.postgres, targetPort: k8s.IntOrString.fromString(portName) }],
    },
  });
  if (members > 1) {
    // With one member it would only block the draining of nodes.
    new k8s.KubePodDisruptionBudget(chart, 'disruption-budget', {
      metadata,
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        selector: { matchLabels: selector(environment, 'postgres') },
      },
    });
  }

  new DataStatefulSet(chart, 'stateful-set', {
    metadata,
    spec: {
      replicas: members,
      serviceName: headlessName('postgres'),
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector(environment, 'postgres') },
      template: {
        metadata: {
          labels: labels(environment, 'postgres'),
          annotations: { 'coped/configuration-hash': contentHash(settings) },
        },
        spec: pod(environment),
      },
      volumeClaimTemplates: [dataClaim(environment, 'postgres', environment.postgres)],
    },
  });
}

function pod(environment: AnyEnvironment): k8s.PodSpec {
  const backups = backupsOf(environment);
  const archive = backups && pgbackrestContainer(backups, 'member');
  const rest = (path: string) => ({
    httpGet: { path, port: k8s.IntOrString.fromString('patroni'), scheme: 'HTTPS' },
    timeoutSeconds: 5,
  });
  return {
    ...hardenedPod({
      serviceAccountName: 'postgres',
      usesKubernetesApi: true,
      terminationGracePeriodSeconds: 300,
      containers: [
        {
          name: 'postgres',
          image: environment.images.postgres,
          size: environment.postgres,
          env: [
            { name: 'PATRONI_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'PATRONI_KUBERNETES_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'PATRONI_POSTGRESQL_CONNECT_ADDRESS', value: memberAddress(environment, ports.postgres) },
            { name: 'PATRONI_RESTAPI_CONNECT_ADDRESS', value: memberAddress(environment, ports.patroni) },
            { name: 'PATRONICTL_CONFIG_FILE', value: `${socketPath}/patroni.json` },
            ...(archive?.env ?? []),
          ],
          ports: [
            { name: portName, containerPort: ports.postgres },
            { name: 'patroni', containerPort: ports.patroni },
          ],
          volumeMounts: [
            { name: 'data', mountPath: dataPath },
            { name: 'run', mountPath: socketPath },
            { name: 'shared-memory', mountPath: '/dev/shm' },
            { name: 'settings', mountPath: settingsPath, readOnly: true },
            { name: 'tls', mountPath: tlsPath, readOnly: true },
            { name: 'passwords', mountPath: passwordsPath, readOnly: true },
            ...(archive?.volumeMounts ?? []),
          ],
          // Each second: the Service leads to a primary that was restarted only when this has succeeded.
          startupProbe: { ...rest('/liveness'), periodSeconds: 1, failureThreshold: 300 },
          livenessProbe: { ...rest('/liveness'), periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { ...rest('/readiness'), periodSeconds: 2, failureThreshold: 3 },
        },
        ...(backups ? [backupServer(environment)] : []),
      ],
      volumes: [
        ...(backups ? pgbackrestVolumes(backups) : []),
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('16Mi') } },
        {
          name: 'shared-memory',
          emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('128Mi') },
        },
        { name: 'settings', configMap: { name: 'postgres' } },
        tlsVolume('postgres'),
        {
          name: 'passwords',
          projected: {
            defaultMode: 0o440,
            sources: Object.entries(passwords).map(([role, credential]) => ({
              secret: {
                name: credentials[credential].secret,
                items: [{ key: credentials[credential].key, path: role }],
              },
            })),
          },
        },
      ],
    }),
    ...(environment.postgres.members > 1 && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: selector(environment, 'postgres') },
        },
      ],
    }),
  };
}

/** The name by which the other members reach this one; the certificate holds it. */
function memberAddress({ namespace }: AnyEnvironment, port: number): string {
  return `$(PATRONI_NAME).${headlessName('postgres')}.${namespace}:${port}`;
}

/**
 * What Patroni may do at the Kubernetes API: keep the cluster's state in ConfigMaps of its own and write on the
 * members' pods which role they have.
 *
 * @see https://patroni.readthedocs.io/en/latest/kubernetes.html
 */
function apiAccess(chart: Chart, environment: AnyEnvironment): void {
  const metadata = { name: 'postgres', labels: labels(environment, 'postgres') };
  const rule = (resources: string, verbs: string[], resourceNames?: string[]) => ({
    apiGroups: [''],
    resources: [resources],
    ...(resourceNames && { resourceNames }),
    verbs,
  });
  const configMaps = ['config', 'leader', 'sync', 'failover'].map((part) => `postgres-${part}`);
  const pods = Array.from({ length: environment.postgres.members }, (_, index) => `postgres-${index}`);
  new k8s.KubeRole(chart, 'role', {
    metadata,
    rules: [
      rule('configmaps', ['create', 'list', 'watch']),
      rule('configmaps', ['patch'], configMaps),
      rule('configmaps', ['get'], ['postgres-leader']),
      rule('pods', ['list', 'watch']),
      rule('pods', ['patch'], pods),
    ],
  });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'postgres' },
    subjects: [{ kind: 'ServiceAccount', name: 'postgres', namespace: environment.namespace }],
  });
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
function memberSettings(environment: AnyEnvironment): object {
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
      listen: `*:${ports.patroni}`,
      certfile: tlsFiles.certificate,
      keyfile: tlsFiles.key,
      cafile: tlsFiles.authority,
      // Anybody may ask how a member does; only a member may tell it to do something.
      verify_client: 'optional',
    },
    ctl: { certfile: tlsFiles.certificate, keyfile: tlsFiles.key, cacert: tlsFiles.authority },
    watchdog: { mode: 'off' },
    bootstrap: {
      initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'data-checksums'],
    },
    postgresql: {
      listen: `*:${ports.postgres}`,
      data_dir: `${dataPath}/pgdata`,
      pgpass: `${socketPath}/pgpass`,
      // A new replica starts to copy at once, not after the primary's next checkpoint.
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
 * The settings that all members share, sized from the memory and the volume that a member has. A running cluster takes
 * a change over, and restarts its members one after the other where the change needs it.
 *
 * @see https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 * @see https://www.postgresql.org/docs/17/runtime-config.html
 * @see https://www.postgresql.org/docs/17/auth-pg-hba-conf.html
 */
function clusterSettings(environment: AnyEnvironment): object {
  const { memoryMebibytes, storageGibibytes } = environment.postgres;
  const storageMebibytes = storageGibibytes * 1024;
  const clients = [postgresRoles.app, postgresRoles.migrator, postgresRoles.reader].join(',');
  return {
    // A primary that cannot renew its lock is replaced after 20 s; loop_wait + 2 × retry_timeout may not exceed that.
    ttl: 20,
    loop_wait: 5,
    retry_timeout: 5,
    // A commit is acknowledged when another member has it too; not strict, so a member that is alone goes on.
    synchronous_mode: true,
    // While the Kubernetes API cannot be reached, the primary goes on as long as all members agree to it.
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
        maintenance_work_mem: `${Math.floor(memoryMebibytes / 16)}MB`,
        ssl: 'on',
        ssl_cert_file: tlsFiles.certificate,
        ssl_key_file: tlsFiles.key,
        ssl_ca_file: tlsFiles.authority,
        ssl_min_protocol_version: 'TLSv1.3',
        password_encryption: 'scram-sha-256',
        // The volume also has to hold what waits for a member that is away: it may take a fifth, then that member is
        // copied anew.
        max_slot_wal_keep_size: `${Math.floor(storageMebibytes / 5)}MB`,
        max_wal_size: `${Math.min(1024, Math.floor(storageMebibytes / 10))}MB`,
        min_wal_size: '80MB',
        ...archiveSettings(environment),
        // A restore asks for the time of the last commit.
        track_commit_timestamp: 'on',
        log_line_prefix: '%m [%p] %q%u@%d ',
        log_timezone: 'UTC',
        timezone: 'UTC',
      },
      pg_hba: [
        // The superuser comes over the socket of its own container only.
        'local all postgres peer',
        // A member proves by its certificate that it is one.
        ...['replication', 'postgres'].map(
          (database) => `hostssl ${database} ${replicationRole} all scram-sha-256 clientcert=verify-ca`,
        ),
        `hostssl ${applicationUser} ${clients} all scram-sha-256`,
        `hostssl ${applicationUser} ${backupRole} all cert map=members`,
        'host all all all reject',
      ],
      // The certificates of members are all for `postgres`.
      pg_ident: [`members postgres ${backupRole}`],
    },
  };
}
