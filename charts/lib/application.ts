import type { k8s } from 'cdk8s-plus-27';
import type { CredentialName } from '../../environments/credentials.ts';
import type { AnyEnvironment, Size } from '../../environments/environment.ts';
import { elasticsearch } from '../workloads/elasticsearch.ts';
import { postgres } from '../workloads/postgres.ts';
import { type HardenedContainer, type HardenedPodProps, hardenedPod } from './hardened-pod.ts';
import { dns } from './outside.ts';
import { credentialFile, secretFile, secretFiles } from './secret-file.ts';
import { tlsSecret } from './tls.ts';
import { applicationUser, elasticsearchUsers, postgresRoles } from './users.ts';
import { type Outgoing, to, type Workload } from './workload.ts';

/**
 * As whom a container of the application comes to Postgres and Elasticsearch: `application` reads and writes,
 * `migrator` changes the schema and replaces the index.
 */
export type ApplicationRole = 'application' | 'migrator';

const roleOf: Record<
  ApplicationRole,
  { sqlUser: string; sqlPassword: CredentialName; elasticUser: string; elasticPassword: CredentialName }
> = {
  application: {
    sqlUser: postgresRoles.app,
    sqlPassword: 'SQL_PASSWORD',
    elasticUser: elasticsearchUsers.app,
    elasticPassword: 'ELASTIC_PASSWORD',
  },
  migrator: {
    sqlUser: postgresRoles.migrator,
    sqlPassword: 'SQL_MIGRATOR_PASSWORD',
    elasticUser: elasticsearchUsers.indexer,
    elasticPassword: 'ELASTIC_INDEXER_PASSWORD',
  },
};

/** Connections that every workload of the application opens. */
export function applicationConnections(): Outgoing[] {
  return [
    to(postgres, 'postgres', 'the projects are in Postgres'),
    to(elasticsearch, 'http', 'the search index is in Elasticsearch'),
    ...dns,
  ];
}

/** Claim that gives dev's pods the source folder of the developer's machine. */
export const sourceClaim = 'source';

const secretsPath = '/run/secrets/coped';
const sourcePath = '/srv/coped';
const commandSize: Size = { cpuMillicores: 50, memoryMebibytes: 256 };

/** Hosts that Django answers; the first is the one that probes name. */
export function allowedHosts(environment: AnyEnvironment): [string, ...string[]] {
  return environment.address.kind === 'ingress' ? [environment.address.host] : ['localhost', '127.0.0.1'];
}

/** The address that visitors type. */
export function siteUrl(environment: AnyEnvironment): string {
  const { address } = environment;
  return address.kind === 'ingress' ? `https://${address.host}` : `http://localhost:${address.port}`;
}

/**
 * The settings that the Django project reads; docs/application-contract.md lists them. libpq reads PGSSL* by itself.
 *
 * @see https://www.postgresql.org/docs/17/libpq-envars.html
 */
function settings(environment: AnyEnvironment, role: ApplicationRole): k8s.EnvVar[] {
  const { sqlUser, elasticUser } = roleOf[role];
  const values = {
    DEBUG: environment.debug ? '1' : '0',
    DJANGO_ALLOWED_HOSTS: allowedHosts(environment).join(' '),
    SITE_URL: siteUrl(environment),
    SECRET_KEY_FILE: `${secretsPath}/SECRET_KEY`,
    SQL_HOST: 'postgres',
    SQL_PORT: `${postgres.ports.postgres}`,
    SQL_DATABASE: applicationUser,
    SQL_USER: sqlUser,
    SQL_PASSWORD_FILE: `${secretsPath}/SQL_PASSWORD`,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: `${secretsPath}/postgres-ca.crt`,
    PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
    ELASTIC_HOSTNAME: 'elasticsearch',
    ELASTIC_PORT: `${elasticsearch.ports.http}`,
    ELASTIC_USER: elasticUser,
    ELASTIC_PASSWORD_FILE: `${secretsPath}/ELASTIC_PASSWORD`,
    ...(environment.elasticsearch.tls && { ELASTIC_CA_FILE: `${secretsPath}/elasticsearch-ca.crt` }),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** A container of the web image with the application's settings, credentials and, in dev, live source. */
export function applicationContainer(
  environment: AnyEnvironment,
  container: Omit<HardenedContainer, 'image' | 'env' | 'size'> & { readonly size?: Size },
  role: ApplicationRole = 'application',
): HardenedContainer {
  return {
    size: commandSize,
    ...container,
    image: environment.images.web,
    env: settings(environment, role),
    volumeMounts: [
      { name: volumeOf[role], mountPath: secretsPath, readOnly: true },
      ...(environment.liveEdit ? [{ name: 'source', mountPath: sourcePath, readOnly: true }] : []),
      ...(container.volumeMounts ?? []),
    ],
  };
}

const volumeOf: Record<ApplicationRole, string> = {
  application: 'credentials',
  migrator: 'migrator-credentials',
};

/** A pod of such containers, which gets the credentials of the roles that they have. */
export function applicationPod(
  workload: Workload,
  environment: AnyEnvironment,
  props: HardenedPodProps,
): k8s.PodSpec {
  const mounted = new Set(
    [...(props.initContainers ?? []), ...props.containers].flatMap(({ volumeMounts }) =>
      (volumeMounts ?? []).map(({ name }) => name),
    ),
  );
  const roles = (Object.keys(volumeOf) as ApplicationRole[]).filter((role) => mounted.has(volumeOf[role]));
  const source = { name: 'source', persistentVolumeClaim: { claimName: sourceClaim, readOnly: true } };
  return hardenedPod(workload, {
    ...props,
    volumes: [
      ...roles.map((role) => secretFiles(volumeOf[role], sources(environment, role))),
      ...(environment.liveEdit ? [source] : []),
      ...(props.volumes ?? []),
    ],
  });
}

function sources(environment: AnyEnvironment, role: ApplicationRole): k8s.VolumeProjection[] {
  const { sqlPassword, elasticPassword } = roleOf[role];
  const authority = (workload: Workload) =>
    secretFile(tlsSecret(workload), 'ca.crt', `${workload.name}-ca.crt`);
  return [
    credentialFile('SECRET_KEY', 'SECRET_KEY'),
    credentialFile(sqlPassword, 'SQL_PASSWORD'),
    credentialFile(elasticPassword, 'ELASTIC_PASSWORD'),
    authority(postgres),
    ...(environment.elasticsearch.tls ? [authority(elasticsearch)] : []),
  ];
}

/** Runs a Django command until it succeeds; prints the last line of each failure. */
function until(command: string): string[] {
  return ['sh', '-c', `until out=$(${command} 2>&1); do echo "$out" | tail -n 1; sleep 2; done; echo "$out"`];
}

/** Waits until Postgres answers, then prints which migrations have been applied. */
export function waitForPostgres(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(environment, {
    name: 'wait-for-postgres',
    command: until('python manage.py showmigrations'),
  });
}

/** Waits until the schema is the one that the code wants. The tools know this gate by its name. */
export function waitForMigrations(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(environment, {
    name: 'wait-for-migrations',
    command: until('python manage.py migrate --check'),
  });
}

/** Brings the schema to the one that the code wants. */
export function migrate(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(
    environment,
    {
      name: 'migrate',
      command: ['python', 'manage.py', 'migrate', '--noinput'],
    },
    'migrator',
  );
}

/**
 * Makes the search index equal to Postgres, as soon as Elasticsearch answers: mends it, or builds another one when the
 * mapping has changed or it is `forced`.
 */
export function rebuildIndex(environment: AnyEnvironment, { forced = false } = {}): HardenedContainer {
  return applicationContainer(
    environment,
    {
      name: 'rebuild-index',
      command: ['python', 'manage.py', 'rebuild_index', '--wait', '600', ...(forced ? ['--force'] : [])],
    },
    'migrator',
  );
}
