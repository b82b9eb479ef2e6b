import type { ImageName } from './images.ts';

/** An image reference that names one build for ever: `repository:tag@sha256:digest`. */
export type PinnedImage = `${string}:${string}@sha256:${string}`;

/** An image reference that is built on this machine and loaded into the local cluster: `name:tag`. */
export type LocalImage = `${string}:${string}`;

/** At least one: an empty list of peers in a NetworkPolicy would mean everybody. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Address ranges, as `10.0.0.0/8`. */
export type Cidrs = NonEmpty<string>;

/** What the scheduler reserves for a container, and what the kernel holds it to. */
export interface Size {
  /** Processor time that is reserved, in thousandths of a core; more may be used when it is free. */
  readonly cpuMillicores: number;
  /** Memory that is reserved, and at the same time the most that may be used, in MiB. */
  readonly memoryMebibytes: number;
}

/** A workload with a volume of its own. */
export interface StatefulSize extends Size {
  /** Size of the volume, in GiB. */
  readonly storageGibibytes: number;
}

/** Postgres: one primary, and replicas that hold a copy of its data and can take its place. */
export interface PostgresSize<Members extends number = number> extends StatefulSize {
  /** How many members there are, the primary among them. */
  readonly members: Members;
}

/** Elasticsearch: nodes that share the index. Two could not agree which of them is left when they lose each other. */
export interface ElasticsearchSize<Nodes extends 1 | 3 = 1 | 3, Tls extends boolean = boolean>
  extends StatefulSize {
  readonly nodes: Nodes;
  /** Whether clients and nodes speak TLS to it. */
  readonly tls: Tls;
  /**
   * Whether a node takes no more shards when its disk is nearly full; a laptop's disk often is.
   * @default true
   */
  readonly diskWatermarks?: boolean;
}

/** A bucket of an S3 object store, reached by TLS. Its keys are credentials: `BACKUP_S3_KEY` and `BACKUP_S3_SECRET`. */
export interface ObjectStore {
  /** DNS name of the store, without the bucket. */
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly bucket: string;
  /** `host`: the bucket is a part of the DNS name, as AWS wants it; `path`: of the path, as most other stores do. */
  readonly uriStyle: 'host' | 'path';
  /**
   * ConfigMap whose key `ca.crt` holds the authority that signed the store's certificate.
   * @default the authorities that Debian trusts
   */
  readonly caConfigMap?: string;
  /** Where the network lets pods find the store: address ranges, or a namespace of this cluster. */
  readonly reachedAt: { readonly cidrs: Cidrs } | { readonly namespace: string };
}

/** When something happens: minute, hour, day of the month, month, day of the week; in UTC. */
export type Schedule = `${string} ${string} ${string} ${string} ${string}`;

/** Backups of Postgres in an object store, from which any second since the oldest one kept can be restored. */
export interface Backups {
  readonly objectStore: ObjectStore;
  /** Everything, anew. */
  readonly full: Schedule;
  /** What changed since the last full one. */
  readonly differential: Schedule;
  /** What changed since the last one of any kind. */
  readonly incremental: Schedule;
  /** How far back a restore can go, in days; a backup is deleted when no time of these needs it any more. */
  readonly keepDays: number;
  /** When the newest backup is restored into a scratch pod and checked. */
  readonly rehearsal: Schedule;
}

/** A workload that runs in several equal copies. */
export interface ReplicatedSize<Replicas extends number = number> extends Size {
  readonly replicas: Replicas;
}

/** A site behind an Ingress, with TLS. */
export interface IngressAddress {
  readonly kind: 'ingress';
  /** DNS name of the site; the only Host that Django answers. */
  readonly host: string;
  /** IngressClass of the cluster: `kubectl get ingressclass`. */
  readonly className: string;
  /** Secret of type kubernetes.io/tls with the certificate of the host. */
  readonly tlsSecretName: string;
  /** Namespace in which the Ingress controller's pods run; nginx is reachable from there only. */
  readonly controllerNamespace: string;
}

/** A site on this machine, through a NodePort that kind.yaml maps to a port of localhost. */
export interface LocalAddress {
  readonly kind: 'local';
  /** Port of localhost. */
  readonly port: number;
  /** Port of the node, as in kind.yaml. */
  readonly nodePort: number;
}

/** Where a pod that talks to the Kubernetes API finds it, behind its Service's address. */
export interface KubernetesApi {
  /** Address ranges of the API server's endpoints: `kubectl get endpointslices -n default kubernetes`. */
  readonly cidrs: Cidrs;
  readonly port: number;
}

/** What every environment has. */
interface Common<Image extends string = string> {
  /** Namespace of every object; the only thing in which the names of two environments differ. */
  readonly namespace: `coped-${string}`;
  readonly images: Readonly<Record<ImageName, Image>>;
  readonly web: ReplicatedSize;
  readonly postgres: PostgresSize;
  readonly elasticsearch: ElasticsearchSize;
  /** Postgres' members agree on their primary there, and certificates are made and renewed by a Job. */
  readonly kubernetesApi: KubernetesApi;
}

/** Credentials that a Job in the cluster makes once, at random. */
interface GeneratedCredentials {
  readonly credentials: 'generated';
}

/** Credentials that the operator provides with `npm run secrets`. */
interface ProvidedCredentials {
  readonly credentials: 'provided';
}

/** The developer's own machine: live source, Django's development server, no nginx, no backups. */
export interface Dev extends Common<LocalImage>, GeneratedCredentials {
  readonly kind: 'dev';
  readonly address: LocalAddress;
  readonly web: ReplicatedSize<1>;
  readonly postgres: PostgresSize<1>;
  readonly elasticsearch: ElasticsearchSize<1, false>;
  /** Django's DEBUG. */
  readonly debug: boolean;
  /** Folder on the node that holds docker/web, as in kind.yaml's extraMounts. */
  readonly liveEdit: { readonly nodePath: string };
  /** `at-start`: the web pod migrates before it serves. `by-command`: it waits for `npm run migrate -- dev`. */
  readonly migrations: 'at-start' | 'by-command';
  /** Whether the made-up projects are loaded into an empty database. */
  readonly sampleData: boolean;
  readonly nginx?: undefined;
  readonly backups?: undefined;
}

/** What staging and production share; `up` puts another address and other images in their place. */
interface Deployed<Address, Image extends string, Backup> extends Common<Image> {
  readonly address: Address;
  readonly elasticsearch: ElasticsearchSize<1 | 3, true>;
  readonly nginx: ReplicatedSize;
  /** Only on a local cluster without an object store there are none. */
  readonly backups: Backup;
  /** Where `npm run up` shows this environment on the local cluster. */
  readonly localAddress: LocalAddress;
  readonly debug?: false;
  readonly liveEdit?: undefined;
  readonly sampleData?: false;
}

/** Production's mechanisms at a smaller size, with random credentials and a migration Job in dist/. */
export interface Staging<Address = IngressAddress, Image extends string = PinnedImage, Backup = Backups>
  extends Deployed<Address, Image, Backup>,
    GeneratedCredentials {
  readonly kind: 'staging';
  readonly migrations: 'job';
}

/** The site that people use: migrates by command only, with credentials that the operator provides. */
export interface Production<Address = IngressAddress, Image extends string = PinnedImage, Backup = Backups>
  extends Deployed<Address, Image, Backup>,
    ProvidedCredentials {
  readonly kind: 'production';
  readonly postgres: PostgresSize<3 | 5>;
  readonly elasticsearch: ElasticsearchSize<3, true>;
  readonly web: ReplicatedSize<2 | 3 | 4 | 5 | 6>;
  readonly nginx: ReplicatedSize<2 | 3 | 4>;
  readonly migrations: 'by-command';
}

/** An environment as dist/ describes it. */
export type Environment = Dev | Staging | Production;

/** An environment as `npm run up` runs it on the local cluster. */
export type LocalEnvironment =
  | Dev
  | Staging<LocalAddress, LocalImage, Backups | undefined>
  | Production<LocalAddress, LocalImage, Backups | undefined>;

/** What the charts take: an environment as dist/ describes it or as it runs locally. */
export type AnyEnvironment =
  | Dev
  | Staging<IngressAddress | LocalAddress, LocalImage, Backups | undefined>
  | Production<IngressAddress | LocalAddress, LocalImage, Backups | undefined>;
