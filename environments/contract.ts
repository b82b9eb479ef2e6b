import type { CredentialName } from './credentials.ts';
import type { Environment, NonEmpty, PinnedImage, Size } from './environment.ts';
import type { Media, MediaInBucket } from './media.ts';

/**
 * What the charts, the commands and the tests know of a Django project. environments/application.ts says it of the one
 * that runs here; docs/application-contract.md says what the project itself must offer.
 */
export interface Application {
  /** Django's settings module, such as `coped.settings`. */
  readonly settingsModule: string;
  /**
   * How it gets its credentials: each as a file that a variable NAME_FILE names, or as a plain variable NAME, which
   * everybody sees who may look into the environment of its processes.
   */
  readonly credentialsAs: 'files' | 'variables';
  /**
   * Variables that its settings read beyond the contract's, the same in every environment. An environment that does not
   * need a credential has no variable for it.
   */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** What its image has or needs otherwise than the stand-in's. */
  readonly image?: WebImage;
  /** Commands that each migration runs after `migrate`, in this order, with the rights to change the schema. */
  readonly migrationSteps?: readonly ManageCommand[];
  /** Its index in Elasticsearch, if it has one. */
  readonly searchIndex?: SearchIndex;
  /** Fills an empty database with made-up data for developers, and does nothing to any other. */
  readonly sampleData?: ManageCommand;
  /** What `npm run doctor` asks it, by the title of the line. The exit code is 0 if all is well; the last line says why. */
  readonly checks?: Readonly<Record<string, ManageCommand>>;
  /** What the server connects to outside the cluster. */
  readonly reaches?: readonly Reach[];
  /** Processes of the web image beside the server, by the name of their Deployment. */
  readonly processes?: Readonly<Record<string, Process>>;
  /** Programs that somebody else publishes, by the name of their Deployment and Service. */
  readonly programs?: Readonly<Record<string, Program>>;
  /**
   * Databases beside the first, by their names in Postgres. One of the application has the same name, as an alias, in
   * DATABASES of its settings. One that is taken out of here stays in Postgres.
   */
  readonly databases?: Readonly<Record<string, Database>>;
  /** Redis, as a queue or a cache, if it uses one. */
  readonly redis?: Redis | undefined;
  /** Where it keeps what visitors upload, if they may. */
  readonly media?: Media | MediaInBucket | undefined;
  /** The mail that it sends, if it sends any. */
  readonly mail?: Mail | undefined;
  /**
   * Largest request that the site takes, in MiB: an upload, with the form around it.
   * @default 10
   */
  readonly largestRequestMebibytes?: number | undefined;
  /**
   * How long a page may take, in seconds. Visitors of a slower one see that it took too long. While a pod of the server
   * ends, pages have the same time.
   * @default 60; 20 while a pod ends
   */
  readonly slowestPageSeconds?: number | undefined;
}

/**
 * Values of the arguments of docker/web/Dockerfile. Those that are left out are the stand-in's, which says that it is
 * called COPED and has the license MIT.
 */
export interface WebImage {
  /**
   * Tag of the image of Debian whose Python it runs on.
   * @default `trixie-slim`, which has Python 3.13
   */
  readonly debian?: string;
  /** Packages of Debian that it needs when it runs, such as `gdal-bin`. */
  readonly systemPackages?: readonly string[];
  /** Packages of Debian that only the installation of its requirements needs, such as `gcc`. */
  readonly buildPackages?: readonly string[];
  /** Requirements that are built from their source, because nobody publishes wheels of them. */
  readonly builtFromSource?: readonly string[];
  /** What it is called. */
  readonly title?: string;
  /** What it is, in one clause. */
  readonly description?: string;
  /** Its license, as an expression of SPDX. */
  readonly licenses?: string;
  /** The address of its source. A registry of GitHub connects the image to that repository. */
  readonly source?: string;
}

/** The value of a setting, or the credential that is its value. */
export type Setting = string | { readonly credential: CredentialName };

/** A command of `manage.py`, with its arguments. */
export type ManageCommand = NonEmpty<string>;

/** The commands that make the index equal to Postgres while search goes on. */
interface SearchIndex {
  /** Corrects the index, or builds another one if its mapping has changed. It waits for Elasticsearch. */
  readonly rebuild: ManageCommand;
  /** Builds another one in any case. */
  readonly rebuildForced: ManageCommand;
  /** Prints, as JSON, what differs between the index and Postgres; the exit code is 1 if something does. */
  readonly check: ManageCommand;
}

/** A value for each kind of environment. */
type PerKind<T> = Readonly<Record<Environment['kind'], T>>;

interface AnyProcess extends Size {
  /** What it is, in one clause. */
  readonly description: string;
  /** The program and its arguments. In dev it is restarted when the source changes. */
  readonly command: NonEmpty<string>;
  /** How long a task may take to end after SIGTERM, in seconds; then the process is killed. */
  readonly endsWithinSeconds: number;
  /** How Kubernetes sees that it hangs, and restarts it. A crash restarts it in any case. Not used in dev. */
  readonly alive: Heartbeat | { readonly command: NonEmpty<string> };
  /** What it connects to outside the cluster. */
  readonly reaches?: readonly Reach[];
}

/** A file below /tmp that the process touches while it works. */
export interface Heartbeat {
  readonly file: `/tmp/${string}`;
  /** After so many seconds without a touch it hangs. */
  readonly withinSeconds: number;
}

/** A process that may run several times at once. */
interface Worker extends AnyProcess {
  readonly replicas: PerKind<number>;
}

/** A process of which there must never be two, such as a scheduler: the old one has ended before a new one starts. */
interface Singleton extends AnyProcess {
  readonly replicas: 'exactly one';
}

/** How many run, or that there must never be two. */
export type Replicas = Process['replicas'];

/**
 * A published image that runs beside the application, such as Metabase. It runs as uid 10001 on a read-only root file
 * system.
 */
export interface Program extends Size {
  /** What it is, in one clause. */
  readonly description: string;
  /** Every environment runs this build. Nodes pull it, on the local cluster too. */
  readonly image: PinnedImage;
  /** @default the image's own entrypoint */
  readonly command?: NonEmpty<string>;
  /** @default the image's own arguments */
  readonly args?: NonEmpty<string>;
  /** The port on which it answers HTTP. */
  readonly port: number;
  /**
   * Its part of the site.
   * @default none: nobody connects to it
   */
  readonly route?: ProgramRoute;
  /** Path that it answers while it works. If it does not, it is restarted, so an outage of a database must not show here. */
  readonly alive: `/${string}`;
  /** Path that it answers while it can serve a page. If it does not, visitors see that the site is being updated. */
  readonly ready: `/${string}`;
  /** How long its start may take, in seconds; then it is killed and started anew. */
  readonly startsWithinSeconds: number;
  readonly replicas: Replicas;
  /**
   * Its variables. A value may refer to those before it, and to the {@link uses given ones}, as `$(NAME)`. An environment
   * that does not need a credential has no variable for it.
   */
  readonly settings?: Readonly<Record<string, ProgramSetting>>;
  /**
   * Folders that it may write to, by the size of each in MiB. They are empty at its start, and lost with its pod.
   * @default `/tmp` alone, with 256 MiB
   */
  readonly writable?: Readonly<Record<`/${string}`, number>>;
  /** What it connects to in the environment. It gets the plain settings that the application has of it. */
  readonly uses?: readonly ('postgres' | 'redis')[];
  /** What it connects to outside the cluster. */
  readonly reaches?: readonly Reach[];
}

/** Everything below a path of the site. */
interface ProgramRoute {
  /** A path such as `/charts/`. */
  readonly path: `/${string}/`;
  /**
   * Whether the program gets `/`, and not the whole path.
   * @default false
   */
  readonly stripped?: boolean;
}

/** The value of a setting of a program, or the credential that is its value or the content of the file that it names. */
export type ProgramSetting = Setting | { readonly fileOf: CredentialName };

export type Process = Worker | Singleton;

/** Mail that the server and the other processes send. dev sends none: a page shows it. */
export interface Mail {
  /** Whose mail it is, such as `Stations <stations@example.org>`: Django's DEFAULT_FROM_EMAIL. */
  readonly sender: string;
  /** Who passes it on; `caught`: nobody, so that a trial writes to no real person. A page shows it. */
  readonly staging: Relay | 'caught';
  /** Who passes it on. */
  readonly production: Relay;
}

/** A server that passes mail on, by TLS only. Its certificate must have its name. */
export interface Relay {
  /** Its DNS name. */
  readonly host: string;
  readonly port: number;
  /**
   * `implicit`: the connection begins with TLS, as on port 465. `starttls`: a command begins it, as on port 587; without
   * TLS nothing is sent.
   * @see https://docs.djangoproject.com/en/stable/ref/settings/#email-use-tls
   */
  readonly tls: 'implicit' | 'starttls';
  /** Whether it wants a name and a password: the credentials EMAIL_HOST_USER and EMAIL_HOST_PASSWORD. */
  readonly login: boolean;
  /** Its address ranges; or `internet`: every public address of IPv4, and none of a private network. */
  readonly cidrs: Reach['cidrs'];
}

/** A target outside the cluster. Network policies know addresses, not names. */
export interface Reach {
  /** What it is, in letters, digits and `-`. */
  readonly what: string;
  readonly port: number;
  /** Its address ranges; or `internet`: every public address of IPv4, and none of a private network. */
  readonly cidrs: NonEmpty<string> | 'internet';
  /** One clause for the reader of the policy. */
  readonly why: string;
}

interface AnyDatabase {
  /** What it holds, in one clause. Postgres shows it as the database's comment. */
  readonly description: string;
}

/** A database with the roles of the first: the application writes, its migrations change the schema. */
interface ApplicationDatabase extends AnyDatabase {
  readonly owner: 'application';
  readonly readBy?: never;
}

/** A database of another program, which alone may write and change the schema. */
interface ProgramDatabase extends AnyDatabase {
  readonly owner: {
    /** The role as which the program logs in. It may do everything in this database, and connect to no other. */
    readonly role: string;
    /** Its password: a credential of the application's own, of no other database, that every environment needs. */
    readonly password: CredentialName;
  };
  /**
   * Who else may read the tables of the schema `public`: the application, as `coped`; people and reports, as
   * `coped_reader`.
   * @default nobody
   */
  readonly readBy?: readonly ('application' | 'reader')[];
}

/** A database in the same Postgres, with its backups and its failover. */
export type Database = ApplicationDatabase | ProgramDatabase;

/** Redis, which refuses writes when its memory is full, so that no waiting task is thrown away. */
export interface Redis extends Size {
  /**
   * Size of a volume, in GiB, to which Redis appends each change before it answers.
   * @default none: what it holds is lost when it restarts
   */
  readonly storageGibibytes?: number;
}
