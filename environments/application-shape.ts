import type {
  Application,
  Database,
  Heartbeat,
  Mail,
  Media,
  MediaVolume,
  Process,
  Program,
  Reach,
  Redis,
  Relay,
  WebImage,
} from './contract.ts';
import type { Credential, Issued, Random } from './credentials.ts';
import type { ObjectStore } from './environment.ts';
import type { MediaInBucket } from './media.ts';
import {
  anyNumber,
  anyText,
  either,
  group,
  has,
  leaf,
  list,
  optional,
  record,
  word,
  yesOrNo,
} from './shape.ts';

const isText = (value: unknown) => typeof value === 'string';
const is = (word: string) => (value: unknown) => value === word;

const words = list(anyText);
const command = list(
  anyText,
  "a list of a program and its arguments, such as ['celery', '--app', 'config', 'worker']",
);
const manageCommand = list(
  anyText,
  "a list of a command of manage.py and its arguments, such as ['createcachetable']",
);
const size = { cpuMillicores: anyNumber, memoryMebibytes: anyNumber } as const;
const fromCredential = group<{ credential: string }>({ credential: anyText });
const setting = either(anyText, isText, fromCredential);
const programSetting = either(
  setting,
  (value) => !has('fileOf')(value),
  group<{ fileOf: string }>({ fileOf: anyText }),
);
const perKind = group<Record<'dev' | 'staging' | 'production', number>>({
  dev: anyNumber,
  staging: anyNumber,
  production: anyNumber,
});
const replicas = either(word('exactly one'), isText, perKind);
const cidrs = either(word('internet'), isText, list(anyText));
const reaches = list(group<Reach>({ what: anyText, port: anyNumber, cidrs, why: anyText }));

const alive = either(
  group<Heartbeat>({ file: anyText, withinSeconds: anyNumber }),
  (value) => !has('command')(value),
  group<{ command: string[] }>({ command }),
);

const image = group<WebImage>({
  debian: optional(anyText),
  systemPackages: optional(words),
  buildPackages: optional(words),
  builtFromSource: optional(words),
  title: optional(anyText),
  description: optional(anyText),
  licenses: optional(anyText),
  source: optional(anyText),
});

const process = group<Process>({
  ...size,
  description: anyText,
  command,
  endsWithinSeconds: anyNumber,
  alive,
  replicas,
  reaches: optional(reaches),
});

const program = group<Program>({
  ...size,
  description: anyText,
  image: anyText,
  command: optional(command),
  args: optional(words),
  port: anyNumber,
  route: optional(group<Required<Program>['route']>({ path: anyText, stripped: optional(yesOrNo) })),
  alive: anyText,
  ready: anyText,
  startsWithinSeconds: anyNumber,
  replicas,
  settings: optional(record(programSetting)),
  writable: optional(record(anyNumber)),
  uses: optional(list(word('postgres', 'redis'))),
  reaches: optional(reaches),
});

const database = group<Database>({
  description: anyText,
  owner: either(
    word('application'),
    isText,
    group<{ role: string; password: string }>({ role: anyText, password: anyText }),
  ),
  readBy: optional(list(word('application', 'reader'))),
});

const relay = group<Relay>({
  host: anyText,
  port: anyNumber,
  tls: word('implicit', 'starttls'),
  login: yesOrNo,
  cidrs,
});

const volume = group<MediaVolume>({
  storageGibibytes: anyNumber,
  storageClassName: optional(anyText),
  accessMode: optional(word('ReadWriteMany', 'ReadWriteOnce')),
});

const store = group<ObjectStore>({
  host: anyText,
  port: anyNumber,
  region: anyText,
  bucket: anyText,
  uriStyle: word('host', 'path'),
  caConfigMap: optional(anyText),
  reachedAt: either(
    group<{ cidrs: string[] }>({ cidrs: list(anyText) }),
    (value) => !has('namespace')(value),
    group<{ namespace: string }>({ namespace: anyText }),
  ),
});

const media = either(
  group<MediaInBucket>({
    on: word('bucket'),
    bucket: group<MediaInBucket['bucket']>({ staging: store, production: store }),
    backedUpBy: optional(anyText),
  }),
  (value) => is('bucket')(Reflect.get(Object(value), 'on')),
  group<Media>({
    on: word('claim', 'bucket'),
    volume: group<Media['volume']>({ staging: volume, production: volume }),
    backedUpBy: optional(anyText),
  }),
);

const application = group<Application>({
  settingsModule: anyText,
  credentialsAs: word('files', 'variables'),
  settings: optional(record(setting)),
  image: optional(image),
  migrationSteps: optional(list(manageCommand)),
  searchIndex: optional(
    group<Required<Application>['searchIndex']>({
      rebuild: manageCommand,
      rebuildForced: manageCommand,
      check: manageCommand,
    }),
  ),
  sampleData: optional(manageCommand),
  checks: optional(record(manageCommand)),
  reaches: optional(reaches),
  processes: optional(record(process)),
  programs: optional(record(program)),
  databases: optional(record(database)),
  redis: optional(group<Redis>({ ...size, storageGibibytes: optional(anyNumber) })),
  media: optional(media),
  largestRequestMebibytes: optional(anyNumber),
  slowestPageSeconds: optional(anyNumber),
  mail: optional(
    group<Mail>({ sender: anyText, staging: either(word('caught'), is('caught'), relay), production: relay }),
  ),
});

const anyCredential = {
  secret: anyText,
  key: anyText,
  neededIn: leaf('a function such as () => true', (value) => typeof value === 'function'),
  description: anyText,
} as const;
const credentials = record(
  either(
    group<Credential & Random>({
      ...anyCredential,
      origin: word('random'),
      minLength: anyNumber,
      permanentBecause: optional(anyText),
    }),
    (value) => !has('origin')(value) || is('random')(Reflect.get(Object(value), 'origin')),
    group<Credential & Issued>({ ...anyCredential, origin: anyText }),
  ),
);

/** The section of the application's contract on a value of the file; for the others it is that on the file. */
const sections: Partial<Record<keyof Application, string>> = {
  image: 'the-image',
  processes: 'processes-beside-the-server',
  programs: 'other-programs',
  databases: 'databases-beside-the-first',
  redis: 'redis',
  media: 'uploads',
  mail: 'mail',
  reaches: 'the-way-out',
  largestRequestMebibytes: 'limits',
  slowestPageSeconds: 'limits',
};

/**
 * Finds what is missing or of another kind in a file such as environments/application.ts. Everything else takes its type
 * for granted.
 *
 * @returns the problems, one sentence each: the value, what is expected, the page that explains it
 */
export function shapeProblems(file: {
  readonly application: unknown;
  readonly credentials: unknown;
}): string[] {
  const pageOf = (name: string) => {
    const known: Readonly<Record<string, string | undefined>> = sections;
    return `docs/application-contract.md#${known[name] ?? 'the-applications-file'}`;
  };
  return [
    ...credentials
      .problems(file.credentials, 'credentials')
      .map((problem) => `${problem}: docs/adding-things.md#a-credential`),
    ...application
      .problems(file.application, 'application')
      .map((problem) => problem.replace(/^application\./, ''))
      .map((problem) => `${problem}: ${pageOf(/^\w+/.exec(problem)?.[0] ?? '')}`),
  ];
}
