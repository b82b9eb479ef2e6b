import type { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment, Backups, Size } from '../../environments/environment.ts';
import type { HardenedContainer } from '../lib/hardened-pod.ts';
import { credentialVariable } from '../lib/secret-file.ts';
import { headlessName, podNames } from '../lib/stateful-set.ts';
import type { Workload } from '../lib/workload.ts';
import { userMounts } from './user.ts';

/**
 * The backups of an environment that has them, for workloads that only such an environment has.
 *
 * @throws when it has none
 */
export function backupsOf({ backups, namespace }: AnyEnvironment): Backups {
  if (!backups) throw new Error(`${namespace} has no backups`);
  return backups;
}

/** Whether an environment has backups. */
export function hasBackups({ backups }: AnyEnvironment): boolean {
  return backups !== undefined;
}

/** The workload that is backed up, as far as the files name it. */
type Postgres = Workload<'postgres', 'pgbackrest'>;

/** What pgBackRest calls the database cluster in its repository. */
export const stanza = 'coped';

/** Where the volume with Postgres' data is mounted, and the data folder in it. */
export const dataPath = '/var/lib/postgresql/data';
export const pgdataPath = `${dataPath}/pgdata`;

/** ConfigMap with pgBackRest's configuration files. */
export const configurationName = 'pgbackrest';
const configurationPath = '/etc/pgbackrest/coped';
const authorityPath = '/etc/pgbackrest/object-store';
/** Where pgBackRest finds the certificate with which members and backup pods authenticate to each other. */
export const tlsPath = '/run/secrets/tls';

const serverSize: Size = { cpuMillicores: 10, memoryMebibytes: 192 };

/** What takes the place of archiving where there are no backups. */
export const noArchive = '/bin/true';

/**
 * Settings of Postgres that put each WAL segment into the object store within a minute.
 *
 * @see https://www.postgresql.org/docs/17/continuous-archiving.html
 */
export function archiveSettings(environment: AnyEnvironment): Readonly<Record<string, string | number>> {
  // Always on, because a change needs a restart. Without backups nothing is archived.
  if (!environment.backups) return { archive_mode: 'on', archive_command: noArchive };
  return {
    archive_mode: 'on',
    // pgBackRest requires its own name in the command.
    archive_command: 'archive-by-pgbackrest %p',
    // Less than a minute, because sending the segment takes time too.
    archive_timeout: 50,
  };
}

/** Who reads the settings: a member of Postgres (and a pod that restores one), or a pod that backs the members up. */
type Reader = 'member' | 'repository-host';

const configurationFile = (name: Reader | 'server'): k8s.EnvVar => ({
  name: 'PGBACKREST_CONFIG',
  value: `${configurationPath}/${name}.conf`,
});

/**
 * pgBackRest's configuration files.
 *
 * @see https://pgbackrest.org/configuration.html
 */
export function configuration(
  postgres: Postgres,
  environment: AnyEnvironment,
  backups: Backups,
): Record<string, string> {
  const { objectStore } = backups;
  const self = { 'pg1-path': pgdataPath, 'pg1-socket-path': '/run/postgresql' };
  // Standard output is the container's log; the root file system is read-only.
  const output = { 'log-level-file': 'off', 'log-timestamp': 'n' };
  const repository = {
    'repo1-type': 's3',
    'repo1-path': `/${environment.namespace}`,
    'repo1-s3-endpoint': objectStore.host,
    'repo1-storage-port': objectStore.port,
    'repo1-s3-region': objectStore.region,
    'repo1-s3-bucket': objectStore.bucket,
    'repo1-s3-uri-style': objectStore.uriStyle,
    ...(objectStore.caConfigMap && { 'repo1-storage-ca-file': `${authorityPath}/ca.crt` }),
    'repo1-cipher-type': 'aes-256-cbc',
    'repo1-retention-full-type': 'time',
    'repo1-retention-full': backups.keepDays,
    // Small files share an object. Only the changed blocks of a large file are stored again.
    'repo1-bundle': 'y',
    'repo1-block': 'y',
    'compress-type': 'zst',
    'process-max': 2,
    ...output,
  };
  const certificate = (prefix: string) => ({
    [`${prefix}-ca-file`]: `${tlsPath}/ca.crt`,
    [`${prefix}-cert-file`]: `${tlsPath}/tls.crt`,
    [`${prefix}-key-file`]: `${tlsPath}/tls.key`,
  });
  const members = podNames(postgres, environment.postgres.members).map((name, index) => {
    const pg = `pg${index + 1}`;
    return {
      [`${pg}-path`]: pgdataPath,
      [`${pg}-host`]: `${name}.${headlessName(postgres)}`,
      [`${pg}-host-type`]: 'tls',
      [`${pg}-host-port`]: postgres.ports.pgbackrest,
      [`${pg}-host-config`]: `${configurationPath}/server.conf`,
      ...certificate(`${pg}-host`),
    };
  });
  return {
    'member.conf': ini({
      global: {
        ...repository,
        'log-level-console': 'warn',
        'spool-path': `${dataPath}/pgbackrest`,
        'archive-async': 'y',
        'archive-push-queue-max': `${archiveQueueMebibytes(environment)}MiB`,
      },
      // Short, so that Postgres does not wait long for a store that is away. It tries again; when it stops, three
      // times.
      'global:archive-push': { 'archive-timeout': 10 },
      [stanza]: self,
    }),
    'server.conf': ini({
      global: {
        ...output,
        'log-level-console': 'warn',
        // Every address of IPv4. serve-backups takes those of IPv6 too, where the kernel has them.
        'tls-server-address': '*',
        'tls-server-port': postgres.ports.pgbackrest,
        ...certificate('tls-server'),
        // The name in the certificate that members and backup pods have.
        'tls-server-auth': `postgres=${stanza}`,
      },
      [stanza]: self,
    }),
    'repository-host.conf': ini({
      global: {
        ...repository,
        'log-level-console': 'info',
        'backup-standby': 'prefer',
        'start-fast': 'y',
        'archive-timeout': 120,
        // A member whose node is lost must not delay a backup for long.
        'io-timeout': 20,
      },
      [stanza]: Object.assign({}, ...members),
    }),
  };
}

/**
 * How much WAL may wait for an object store that does not answer: a quarter of the volume, in addition to the fifth
 * that may wait for a member that is away. Beyond that, pgBackRest drops what waits, so that the site goes on: see
 * docs/decisions/0015-backups.md.
 */
function archiveQueueMebibytes(environment: AnyEnvironment): number {
  return environment.postgres.storageGibibytes * 256;
}

function ini(sections: Readonly<Record<string, Readonly<Record<string, string | number>>>>): string {
  return Object.entries(sections)
    .map(([name, settings]) => {
      const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}

/** What a container needs to run pgBackRest: settings, and the keys of the repository, which are variables. */
export function pgbackrestContainer(
  backups: Backups,
  reader: Reader,
): Required<Pick<HardenedContainer, 'env' | 'volumeMounts'>> {
  return {
    env: [
      configurationFile(reader),
      credentialVariable('PGBACKREST_REPO1_S3_KEY', 'BACKUP_S3_KEY'),
      credentialVariable('PGBACKREST_REPO1_S3_KEY_SECRET', 'BACKUP_S3_SECRET'),
      credentialVariable('PGBACKREST_REPO1_CIPHER_PASS', 'BACKUP_PASSPHRASE'),
    ],
    volumeMounts: [
      { name: 'pgbackrest', mountPath: configurationPath, readOnly: true },
      ...(backups.objectStore.caConfigMap
        ? [{ name: 'object-store-authority', mountPath: authorityPath, readOnly: true }]
        : []),
    ],
  };
}

/** What the container of a member needs to archive WAL; nothing if there are no backups. */
export function archiveContainer({
  backups,
}: AnyEnvironment): Required<Pick<HardenedContainer, 'env' | 'volumeMounts'>> {
  return backups ? pgbackrestContainer(backups, 'member') : { env: [], volumeMounts: [] };
}

/** The volumes for those mounts. */
export function archiveVolumes({ backups }: AnyEnvironment): k8s.Volume[] {
  return backups ? pgbackrestVolumes(backups) : [];
}

/** The volumes for the mounts of a container that runs pgBackRest. */
export function pgbackrestVolumes(backups: Backups): k8s.Volume[] {
  const { caConfigMap } = backups.objectStore;
  return [
    { name: 'pgbackrest', configMap: { name: configurationName } },
    ...(caConfigMap ? [{ name: 'object-store-authority', configMap: { name: caConfigMap } }] : []),
  ];
}

/** The container beside each member through which backup pods read its files. It has no key of the repository. */
export function backupServer(postgres: Postgres, environment: AnyEnvironment): HardenedContainer {
  return {
    name: 'pgbackrest',
    image: environment.images.postgres,
    command: ['serve-backups'],
    env: [configurationFile('server')],
    size: serverSize,
    ports: [{ name: 'pgbackrest', containerPort: postgres.ports.pgbackrest }],
    livenessProbe: {
      exec: { command: ['pgbackrest', 'server-ping', '--log-level-console=warn'] },
      periodSeconds: 30,
      timeoutSeconds: 10,
      failureThreshold: 3,
    },
    volumeMounts: [
      { name: 'pgbackrest', mountPath: configurationPath, readOnly: true },
      { name: 'data', mountPath: dataPath },
      { name: 'run', mountPath: '/run/postgresql' },
      { name: 'tls', mountPath: tlsPath, readOnly: true },
      ...userMounts(environment),
    ],
  };
}
