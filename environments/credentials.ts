import type { AnyEnvironment } from './environment.ts';

/** One credential: a value that two workloads share, kept in a Kubernetes Secret. */
export interface Credential {
  /** Name of the Secret in the environment's namespace. */
  readonly secret: string;
  /** Key of the value in that Secret; mounted as a file of this name. */
  readonly key: string;
  /**
   * `random`: any long value, which a Job can generate. `issued`: somebody else, such as the object store, issues it.
   */
  readonly origin: 'random' | 'issued';
  /** Set if existing data depends on the value for ever, so that `--replace` must not replace it. */
  readonly isPermanent?: true;
  /** Shortest value that the `secrets` command accepts, in characters. */
  readonly minLength: number;
  /** What the value is for, in new env files and error messages. */
  readonly description: string;
}

/**
 * Every credential, by the name that the application and the env file give it.
 *
 * One Secret holds one credential, so that each is created, provided, mounted and replaced separately.
 */
export const credentials = {
  SECRET_KEY: {
    secret: 'django',
    key: 'secret-key',
    origin: 'random',
    minLength: 50,
    description: "Django's signing key for sessions, messages and tokens",
  },
  SQL_PASSWORD: {
    secret: 'postgres-app',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: "password of the application's role in Postgres, which reads and writes rows",
  },
  SQL_MIGRATOR_PASSWORD: {
    secret: 'postgres-migrator',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: 'password of the role in Postgres that changes the schema, in migrations only',
  },
  SQL_READER_PASSWORD: {
    secret: 'postgres-reader',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: 'password of the role in Postgres that reads and changes nothing, for reports',
  },
  SQL_REPLICATION_PASSWORD: {
    secret: 'postgres-replication',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: "password with which Postgres' members copy each other's data",
  },
  ELASTIC_PASSWORD: {
    secret: 'elasticsearch-app',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: "password of the application's user in Elasticsearch, which searches and indexes",
  },
  ELASTIC_INDEXER_PASSWORD: {
    secret: 'elasticsearch-indexer',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: 'password of the user in Elasticsearch that makes and replaces indices, in migrations only',
  },
  ELASTIC_SNAPSHOT_PASSWORD: {
    secret: 'elasticsearch-snapshot',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: 'password of the user in Elasticsearch that makes snapshots',
  },
  ELASTIC_MONITOR_PASSWORD: {
    secret: 'elasticsearch-monitor',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: 'password of the user in Elasticsearch that sees how the cluster does, and no document',
  },
  REDIS_PASSWORD: {
    secret: 'redis-app',
    key: 'password',
    origin: 'random',
    minLength: 20,
    description: "password of the application's user in Redis",
  },
  BACKUP_PASSPHRASE: {
    secret: 'backup-encryption',
    key: 'passphrase',
    origin: 'random',
    isPermanent: true,
    minLength: 40,
    description: 'passphrase that encrypts the backups; without it none of them can be restored',
  },
  BACKUP_S3_KEY: {
    secret: 'backup-s3-key',
    key: 'key',
    origin: 'issued',
    minLength: 1,
    description: 'access key of the bucket that holds the backups',
  },
  BACKUP_S3_SECRET: {
    secret: 'backup-s3-secret',
    key: 'secret',
    origin: 'issued',
    minLength: 1,
    description: 'secret access key of the bucket that holds the backups',
  },
} as const satisfies Record<string, Credential>;

export type CredentialName = keyof typeof credentials;

const names = Object.keys(credentials) as CredentialName[];

/** The credentials that an environment uses; those of backups and of Redis only if it has them. */
export function credentialsOf({ backups, application }: AnyEnvironment): CredentialName[] {
  return names
    .filter((name) => backups !== undefined || !name.startsWith('BACKUP_'))
    .filter((name) => application.redis !== undefined || name !== 'REDIS_PASSWORD');
}

/** The credentials that the operator provides with `npm run secrets`; a Job makes the others at random. */
export function providedCredentials(environment: AnyEnvironment): CredentialName[] {
  return credentialsOf(environment).filter((name) => {
    const { origin, isPermanent }: Credential = credentials[name];
    // Whoever loses a namespace must still have the passphrase of the backups.
    return environment.credentials === 'provided' || origin === 'issued' || isPermanent;
  });
}
