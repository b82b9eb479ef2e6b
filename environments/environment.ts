import type { LocalAddress, PublicAddress } from './address.ts';
import type { Cluster } from './cluster.ts';
import type { Application } from './contract.ts';
import type { ImageName } from './images.ts';
import type { SecretStore } from './secret-store.ts';

/** An image reference that always means the same build: `repository:tag@sha256:digest`. */
export type PinnedImage = `${string}:${string}@sha256:${string}`;

/** An image reference that is built on this machine and loaded into the local cluster: `name:tag`. */
export type LocalImage = `${string}:${string}`;

/** A list that is not empty: an empty list of peers in a NetworkPolicy would mean everybody. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Address ranges such as `10.0.0.0/8`. */
type Cidrs = NonEmpty<string>;

/** What the scheduler reserves for a container, and the limit that the kernel enforces. */
export interface Size {
  /** Reserved processor time, in thousandths of a core. The container may use more if it is free. */
  readonly cpuMillicores: number;
  /** Reserved memory in MiB, which is also the limit. */
  readonly memoryMebibytes: number;
}

/** A workload with a volume of its own. */
export interface StatefulSize extends Size {
  /** Size of the volume, in GiB. */
  readonly storageGibibytes: number;
}

/** Postgres: one primary, and replicas that have a copy of its data and can take over. */
interface PostgresSize<Members extends number = number> extends StatefulSize {
  /** Number of members, including the primary. */
  readonly members: Members;
}

/** Elasticsearch: nodes that share the index. Two nodes that lose each other could not agree which one goes on. */
interface ElasticsearchSize<Nodes extends 1 | 3 = 1 | 3, Tls extends boolean = boolean> extends StatefulSize {
  readonly nodes: Nodes;
  /** Whether its clients and nodes use TLS. */
  readonly tls: Tls;
}

/** A bucket of an S3 object store, reached by TLS. Its keys are credentials. */
export interface ObjectStore {
  /** DNS name of the store, without the bucket. */
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly bucket: string;
  /**
   * Whether the bucket is part of the DNS name (`host`, as AWS expects) or of the path (`path`, as most other stores).
   */
  readonly uriStyle: 'host' | 'path';
  /**
   * ConfigMap whose key `ca.crt` holds the certificate authority that signed the store's certificate.
   * @default the certificate authorities that Debian trusts
   */
  readonly caConfigMap?: string;
  /** Where the network policies let pods reach the store: address ranges, or a namespace of this cluster. */
  readonly reachedAt: { readonly cidrs: Cidrs } | { readonly namespace: string };
}

/** A schedule in UTC: minute, hour, day of the month, month, day of the week. */
export type Schedule = `${string} ${string} ${string} ${string} ${string}`;

/** Backups of Postgres in an object store. Any point in time since the oldest backup can be restored. */
export interface Backups {
  readonly objectStore: ObjectStore;
  /** Backups of everything. */
  readonly full: Schedule;
  /** Backups of what has changed since the last full backup. */
  readonly differential: Schedule;
  /** Backups of what has changed since the last backup of any kind. */
  readonly incremental: Schedule;
  /** How many days back a restore can go. A backup is deleted when no time in these days needs it any more. */
  readonly keepDays: number;
  /** The restore test: when the newest backup is restored into a temporary volume and checked. */
  readonly restoreTest: Schedule;
}

/** A workload that runs in several equal copies. */
interface ReplicatedSize<Replicas extends number = number> extends Size {
  readonly replicas: Replicas;
}

/** What every environment has. */
interface Common<Image extends string = string> {
  /** Namespace of every object. The names of the objects in it are the same in every environment. */
  readonly namespace: `coped-${string}`;
  readonly images: Readonly<Record<ImageName, Image>>;
  /** The Django project; the same in every environment. */
  readonly application: Application;
  readonly web: ReplicatedSize;
  /** Not there where the server itself has the static files and the whole site, as the stand-in's in dev. */
  readonly nginx: ReplicatedSize;
  readonly postgres: PostgresSize;
  readonly elasticsearch: ElasticsearchSize;
  /**
   * The cluster in which it runs, where that differs from kind's.
   * @default what suits kind
   */
  readonly cluster?: Cluster | undefined;
}

/** Credentials that a Job in the cluster creates once, at random, but for those that somebody issues. */
interface GeneratedCredentials {
  readonly credentials: 'generated';
  readonly secretStore?: undefined;
}

/** Credentials that the operator provides with `npm run secrets`. */
interface ProvidedCredentials {
  readonly credentials: 'provided';
  readonly secretStore?: undefined;
}

/**
 * Credentials that the External Secrets Operator copies from a store outside the cluster.
 *
 * @see https://external-secrets.io/latest/introduction/overview/
 */
interface ExternalCredentials {
  readonly credentials: 'external';
  readonly secretStore: SecretStore;
}

/** The developer's own machine: live source, Django's development server, no backups. */
export interface Dev extends Common<LocalImage>, GeneratedCredentials {
  readonly kind: 'dev';
  readonly address: LocalAddress;
  readonly web: ReplicatedSize<1>;
  readonly nginx: ReplicatedSize<1>;
  readonly postgres: PostgresSize<1>;
  readonly elasticsearch: ElasticsearchSize<1, false>;
  /** Django's DEBUG, with its development server. Without it Django looks for static files that somebody has collected. */
  readonly debug: true;
  /**
   * Folder on the node that holds docker/web, as in kind.yaml's extraMounts.
   * @default the image of web holds the source, and an edit needs another `npm run up`
   */
  readonly liveEdit?: { readonly nodePath: string } | undefined;
  /** `at-start`: the web pod migrates before it serves. `by-command`: it waits for `npm run migrate -- dev`. */
  readonly migrations: 'at-start' | 'by-command';
  /** Whether the application's sample data is loaded into an empty database. */
  readonly sampleData: boolean;
  readonly backups?: undefined;
}

/** What staging and production share. `up` replaces the address, the cluster and the images. */
interface Deployed<Address, Image extends string, Backup> extends Common<Image> {
  readonly address: Address;
  readonly elasticsearch: ElasticsearchSize<1 | 3, true>;
  /** Absent only on a local cluster without an object store. */
  readonly backups: Backup;
  /** Address of this environment when `npm run up` runs it on the local cluster. */
  readonly localAddress: LocalAddress;
  readonly debug?: false;
  readonly liveEdit?: undefined;
  readonly sampleData?: false;
}

interface StagingKind<Address, Image extends string, Backup> extends Deployed<Address, Image, Backup> {
  readonly kind: 'staging';
  readonly migrations: 'job';
}

/** Works like production at a smaller size, with random or external credentials and a migration Job in dist/. */
export type Staging<
  Address = PublicAddress,
  Image extends string = PinnedImage,
  Backup = Backups,
  Credentials = GeneratedCredentials | ExternalCredentials,
> = StagingKind<Address, Image, Backup> & Credentials;

interface ProductionKind<Address, Image extends string, Backup> extends Deployed<Address, Image, Backup> {
  readonly kind: 'production';
  readonly postgres: PostgresSize<3 | 5>;
  readonly elasticsearch: ElasticsearchSize<3, true>;
  readonly web: ReplicatedSize<2 | 3 | 4 | 5 | 6>;
  readonly nginx: ReplicatedSize<2 | 3 | 4>;
  readonly migrations: 'by-command';
}

/** The public site. It migrates by command only. The operator provides its credentials, or keeps them in a store. */
export type Production<
  Address = PublicAddress,
  Image extends string = PinnedImage,
  Backup = Backups,
  Credentials = ProvidedCredentials | ExternalCredentials,
> = ProductionKind<Address, Image, Backup> & Credentials;

/** An environment as dist/ describes it. */
export type Environment = Dev | Staging | Production;

/** An environment as `npm run up` runs it on the local cluster, which has no store of secrets. */
export type LocalEnvironment =
  | Dev
  | Staging<LocalAddress, LocalImage, Backups | undefined, GeneratedCredentials>
  | Production<LocalAddress, LocalImage, Backups | undefined, ProvidedCredentials>;

/** What the charts accept: an environment as dist/ describes it, or as it runs locally. */
export type AnyEnvironment =
  | Dev
  | Staging<PublicAddress | LocalAddress, LocalImage, Backups | undefined>
  | Production<PublicAddress | LocalAddress, LocalImage, Backups | undefined>;
