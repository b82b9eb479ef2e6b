import { credentials as ofTheApplication } from './application.ts';
import type { AnyEnvironment } from './environment.ts';
import { relayOf } from './mail.ts';
import { bucketOf } from './media.ts';

/** Any long value will do, so a Job or a command makes it. */
interface Random {
  readonly origin: 'random';
  /** Shortest value that the `secrets` command accepts, in characters. */
  readonly minLength: number;
  /**
   * Why no other value can ever take its place, in one clause. `--replace` does not replace it.
   * @default another value can take its place
   */
  readonly permanentBecause?: string;
}

/** Somebody else issues the value, of whatever length, so a person provides it wherever it is needed. */
interface Issued {
  /** Who issues it, as messages say it: `the map service`. */
  readonly origin: `the ${string}`;
}

/** Where the value of a credential comes from. */
export type Origin = Random | Issued;

/** One credential: a value that only those may know who use it, kept in a Kubernetes Secret. */
export type Credential = Origin & {
  /** Name of the Secret in the environment's namespace. */
  readonly secret: string;
  /** Key of the value in that Secret; mounted as a file of this name. */
  readonly key: string;
  /** Whether an environment needs it, because a pod there reads it. */
  readonly neededIn: (environment: AnyEnvironment) => boolean;
  /** What the value is for, in new env files and error messages. */
  readonly description: string;
};

/** Who issues the keys of the bucket that holds the backups. */
export const backupStore = 'the object store of the backups';

/** Who issues the name and the password for the relay. */
export const mailService = 'the mail service';

/** Who issues the keys of the bucket that holds the uploads. */
export const uploadStore = 'the object store of the uploads';

const everyEnvironment = () => true;
const whereRedisIs = ({ application }: AnyEnvironment) => application.redis !== undefined;
const whereTheRelayWantsThem = (environment: AnyEnvironment) => {
  const relay = relayOf(environment);
  return relay !== undefined && relay !== 'caught' && relay.login;
};
const whereUploadsAreInABucket = (environment: AnyEnvironment) => bucketOf(environment) !== undefined;
const whereBackupsAre = ({ backups }: AnyEnvironment) => backups !== undefined;

/** The credentials of the charts' own workloads. */
export const ofTheCharts = {
  SECRET_KEY: {
    secret: 'django',
    key: 'secret-key',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 50,
    description: "Django's signing key for sessions, messages and tokens",
  },
  SQL_PASSWORD: {
    secret: 'postgres-app',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: "password of the application's role in Postgres, which reads and writes rows",
  },
  SQL_MIGRATOR_PASSWORD: {
    secret: 'postgres-migrator',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: 'password of the role in Postgres that changes the schema, in migrations only',
  },
  SQL_READER_PASSWORD: {
    secret: 'postgres-reader',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: 'password of the role in Postgres that reads and changes nothing, for reports',
  },
  SQL_REPLICATION_PASSWORD: {
    secret: 'postgres-replication',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: "password with which Postgres' members copy each other's data",
  },
  ELASTIC_PASSWORD: {
    secret: 'elasticsearch-app',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: "password of the application's user in Elasticsearch, which searches and indexes",
  },
  ELASTIC_INDEXER_PASSWORD: {
    secret: 'elasticsearch-indexer',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: 'password of the user in Elasticsearch that makes and replaces indices, in migrations only',
  },
  ELASTIC_SNAPSHOT_PASSWORD: {
    secret: 'elasticsearch-snapshot',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: 'password of the user in Elasticsearch that makes snapshots',
  },
  ELASTIC_MONITOR_PASSWORD: {
    secret: 'elasticsearch-monitor',
    key: 'password',
    origin: 'random',
    neededIn: everyEnvironment,
    minLength: 20,
    description: 'password of the user in Elasticsearch that sees how the cluster does, and no document',
  },
  REDIS_PASSWORD: {
    secret: 'redis-app',
    key: 'password',
    origin: 'random',
    neededIn: whereRedisIs,
    minLength: 20,
    description: "password of the application's user in Redis",
  },
  EMAIL_HOST_USER: {
    secret: 'email-user',
    key: 'user',
    origin: mailService,
    neededIn: whereTheRelayWantsThem,
    description: 'name with which the application logs in to the relay of its mail',
  },
  EMAIL_HOST_PASSWORD: {
    secret: 'email-password',
    key: 'password',
    origin: mailService,
    neededIn: whereTheRelayWantsThem,
    description: 'password with which the application logs in to the relay of its mail',
  },
  AWS_S3_ACCESS_KEY_ID: {
    secret: 'uploads-s3-key',
    key: 'key',
    origin: uploadStore,
    neededIn: whereUploadsAreInABucket,
    description:
      'access key of the bucket that holds the uploads, which reads and writes there and nowhere else',
  },
  AWS_S3_SECRET_ACCESS_KEY: {
    secret: 'uploads-s3-secret',
    key: 'secret',
    origin: uploadStore,
    neededIn: whereUploadsAreInABucket,
    description: 'secret access key of the bucket that holds the uploads',
  },
  BACKUP_PASSPHRASE: {
    secret: 'backup-encryption',
    key: 'passphrase',
    origin: 'random',
    neededIn: whereBackupsAre,
    permanentBecause:
      'the backups that exist are encrypted with it; docs/backups.md says how to begin a new bucket with a new one',
    minLength: 40,
    description: 'passphrase that encrypts the backups; without it none of them can be restored',
  },
  BACKUP_S3_KEY: {
    secret: 'backup-s3-key',
    key: 'key',
    origin: backupStore,
    neededIn: whereBackupsAre,
    description: 'access key of the bucket that holds the backups',
  },
  BACKUP_S3_SECRET: {
    secret: 'backup-s3-secret',
    key: 'secret',
    origin: backupStore,
    neededIn: whereBackupsAre,
    description: 'secret access key of the bucket that holds the backups',
  },
} as const satisfies Record<string, Credential>;

/**
 * Every credential, by the name that the application and the env file give it: the charts' and the application's own.
 *
 * One Secret holds one credential, so that each is created, provided, mounted and replaced separately.
 */
export const credentials = { ...ofTheCharts, ...ofTheApplication };

export type CredentialName = keyof typeof credentials;

/** Names of the credentials that this one issues. */
export type IssuedBy<Issuer extends string> = {
  [Name in CredentialName]: (typeof credentials)[Name]['origin'] extends Issuer ? Name : never;
}[CredentialName];

const names = Object.keys(credentials) as CredentialName[];

/** The credentials that an environment needs. */
export function credentialsOf(environment: AnyEnvironment): CredentialName[] {
  return names.filter((name) => credentials[name].neededIn(environment));
}

/** The credentials that a person provides, with `npm run secrets` or in a store; a Job makes the others at random. */
export function providedCredentials(environment: AnyEnvironment): CredentialName[] {
  return credentialsOf(environment).filter((name) => {
    const credential: Credential = credentials[name];
    if (environment.credentials !== 'generated' || credential.origin !== 'random') return true;
    // Whoever loses a namespace must still have what the backups are encrypted with.
    return credential.permanentBecause !== undefined;
  });
}
