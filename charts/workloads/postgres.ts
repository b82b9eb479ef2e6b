import { k8s } from 'cdk8s-plus-27';
import type { CredentialName } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { ownerPasswords } from '../configuration/databases.ts';
import {
  archiveContainer,
  archiveVolumes,
  backupServer,
  dataPath,
  tlsPath,
} from '../configuration/pgbackrest.ts';
import {
  configuration,
  patroniConfigMaps,
  replicationRole,
  roleLabel,
  sharedMemory,
  socketPath,
} from '../configuration/postgres.ts';
import { settingsVolume, userMounts } from '../configuration/user.ts';
import { type HardenedContainer, hardenedPod, inMemory } from '../lib/hardened-pod.ts';
import { toDns, toKubernetesApi, toObjectStore } from '../lib/outside.ts';
import { applicationSecrets, credentialFile, secretFile, secretFiles } from '../lib/secret-file.ts';
import { Service } from '../lib/service.ts';
import { headlessName, podNames, StatefulSet } from '../lib/stateful-set.ts';
import { tlsSecret, tlsVolume } from '../lib/tls.ts';
import { applicationUser, postgresRoles } from '../lib/users.ts';
import { allow, to, type Workload } from '../lib/workload.ts';

const settingsPath = '/etc/patroni';
const passwordsPath = '/run/secrets/passwords';

/** The Service of the members that are not the primary. */
export const replicasService = 'postgres-replicas';

/** Postgres: members of a Patroni cluster, one of them the primary, each with a volume of its own. */
export const postgres: Workload<'postgres', 'postgres' | 'patroni' | 'pgbackrest'> = {
  name: 'postgres',
  description: 'Postgres 17 and Patroni; each pod has a volume, one is the primary',
  order: 30,
  tier: 'data',
  ports: {
    postgres: 5432,
    /** Patroni's REST API, through which the members ask each other for their state. */
    patroni: 8008,
    /** pgBackRest's server beside each member, through which backups are read. */
    pgbackrest: 8432,
  },
  opens: (environment) => [
    toKubernetesApi(environment, 'the members agree there on their primary'),
    to(postgres, 'postgres', 'replicas copy the primary'),
    to(postgres, 'patroni', 'the members ask each other how they do'),
    ...toDns(environment),
    ...(environment.backups ? [toObjectStore(environment.backups, 'it archives its WAL')] : []),
  ],
  // Patroni keeps the cluster's state in its own ConfigMaps, and labels the members' pods with their roles:
  // https://patroni.readthedocs.io/en/latest/kubernetes.html
  mayDo: (environment) => [
    allow('configmaps', ['create', 'list', 'watch']),
    allow('configmaps', ['patch'], patroniConfigMaps),
    allow('configmaps', ['get'], ['postgres-leader']),
    allow('pods', ['list', 'watch']),
    allow('pods', ['patch'], podNames(postgres, environment.postgres.members)),
  ],
  forApplication: (_, role) => ({
    connection: to(postgres, 'postgres', 'the projects are in Postgres'),
    // libpq reads PGSSL* by itself: https://www.postgresql.org/docs/17/libpq-envars.html
    settings: {
      SQL_HOST: postgres.name,
      SQL_PORT: `${postgres.ports.postgres}`,
      SQL_DATABASE: applicationUser,
      SQL_USER: role === 'migrator' ? postgresRoles.migrator : postgresRoles.app,
      SQL_PASSWORD: { credential: role === 'migrator' ? 'SQL_MIGRATOR_PASSWORD' : 'SQL_PASSWORD' },
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: `${applicationSecrets}/postgres-ca.crt`,
      PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
    },
    files: [secretFile(tlsSecret(postgres), 'ca.crt', 'postgres-ca.crt')],
  }),
  certificateFor: () => ['postgres', replicasService],
  objects: (chart) => {
    const { environment } = chart;
    const settings = configuration(postgres, environment);
    new k8s.KubeConfigMap(chart, 'configuration', { metadata: settingsVolume.configMap, data: settings });
    new Service(chart, 'service', { targetPort: 'postgres', narrowedBy: { [roleLabel]: 'primary' } });
    new Service(chart, 'replicas-service', {
      name: replicasService,
      targetPort: 'postgres',
      narrowedBy: { [roleLabel]: 'replica' },
    });
    new StatefulSet(chart, 'stateful-set', {
      replicas: environment.postgres.members,
      size: environment.postgres,
      port: 'postgres',
      configuration: settings,
      pod: hardenedPod(chart, {
        terminationGracePeriodSeconds: 300,
        containers: [
          member(environment),
          ...(environment.backups ? [backupServer(postgres, environment)] : []),
        ],
        volumes: [
          ...archiveVolumes(environment),
          inMemory('run', 16),
          sharedMemory(environment),
          settingsVolume,
          tlsVolume(postgres),
          secretFiles(
            'passwords',
            Object.entries({ ...passwords, ...ownerPasswords(environment) }).map(([role, credential]) =>
              credentialFile(credential, role),
            ),
          ),
        ],
      }),
    });
  },
};

/** Which credential is the password of which role, but for those that own a database beside the first. */
const passwords: Readonly<Record<string, CredentialName>> = {
  [postgresRoles.app]: 'SQL_PASSWORD',
  [postgresRoles.migrator]: 'SQL_MIGRATOR_PASSWORD',
  [postgresRoles.reader]: 'SQL_READER_PASSWORD',
  [replicationRole]: 'SQL_REPLICATION_PASSWORD',
};

/** The container of a member: Patroni, and the server that it starts. */
function member(environment: AnyEnvironment): HardenedContainer {
  const archive = archiveContainer(environment);
  const rest = (path: string) => ({
    httpGet: { path, port: k8s.IntOrString.fromString('patroni'), scheme: 'HTTPS' },
    timeoutSeconds: 5,
  });
  return {
    name: 'postgres',
    image: environment.images.postgres,
    size: environment.postgres,
    env: [
      { name: 'PATRONI_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'PATRONI_KUBERNETES_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'PATRONI_POSTGRESQL_CONNECT_ADDRESS', value: address(environment, 'postgres') },
      { name: 'PATRONI_RESTAPI_CONNECT_ADDRESS', value: address(environment, 'patroni') },
      { name: 'PATRONICTL_CONFIG_FILE', value: `${socketPath}/patroni.json` },
      ...archive.env,
    ],
    ports: [
      { name: 'postgres', containerPort: postgres.ports.postgres },
      { name: 'patroni', containerPort: postgres.ports.patroni },
    ],
    volumeMounts: [
      { name: 'data', mountPath: dataPath },
      { name: 'run', mountPath: socketPath },
      { name: 'shared-memory', mountPath: '/dev/shm' },
      { name: settingsVolume.name, mountPath: settingsPath, readOnly: true },
      ...userMounts(environment),
      { name: 'tls', mountPath: tlsPath, readOnly: true },
      { name: 'passwords', mountPath: passwordsPath, readOnly: true },
      ...archive.volumeMounts,
    ],
    ...(environment.postgres.members > 1 && {
      lifecycle: { preStop: { exec: { command: ['agree-to-stop', '30'] } } },
    }),
    // Each second: the Service leads to a restarted primary only after this has succeeded.
    startupProbe: { ...rest('/liveness'), periodSeconds: 1, failureThreshold: 300 },
    livenessProbe: { ...rest('/liveness'), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...rest('/readiness'), periodSeconds: 2, failureThreshold: 3 },
  };
}

/** The name by which the other members reach this one; the certificate holds it. */
function address({ namespace }: AnyEnvironment, port: keyof typeof postgres.ports): string {
  return `$(PATRONI_NAME).${headlessName(postgres)}.${namespace}:${postgres.ports[port]}`;
}
