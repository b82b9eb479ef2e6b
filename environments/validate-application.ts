import type { Application, ManageCommand, Process, Program, Reach, Replicas, WebImage } from './contract.ts';
import {
  cidrs,
  count,
  label,
  line,
  pinnedImage,
  port,
  problemWith,
  type Rule,
  sitePath,
  text,
  variable,
  whole,
} from './rules.ts';
import { databaseProblems } from './validate-databases.ts';
import { mailProblems } from './validate-mail.ts';
import { mediaProblems } from './validate-media.ts';

const moduleName = text('the name of a Python module, such as coped.settings', (value) =>
  /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(value),
);
const manageCommand = text('the name of a command of manage.py: letters, digits and _', (value) =>
  /^[A-Za-z]\w{0,50}$/.test(value),
);
const debianPackage = text('the name of a package of Debian: a-z, 0-9, +, - and .', (value) =>
  /^[a-z0-9][a-z0-9+.-]+$/.test(value),
);
const requirement = text('the name of a Python package: letters, digits, ., - and _', (value) =>
  /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(value),
);
const tag = text('a tag of debian, such as bookworm-slim, with or without a digest', (value) =>
  /^\w[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(value),
);
const executable = text('a program', (value) => value.trim() !== '');
// Django writes a large request to /tmp, and Gunicorn takes eight at a time and has files of its own there. A pod that
// exceeds the size of /tmp is evicted.
const largestRequest = whole(
  "a whole number, 1 to 24: eight requests at once must fit into 256 MiB of /tmp, beside Gunicorn's files",
  1,
  24,
);
// nginx tries a request that fails sooner once more, and the node of a pod that ends waits as long.
const slowestPage = whole(
  'a whole number, 10 to 600: what takes longer is the work of a process beside the server',
  10,
  600,
);
const file = text('a file below /tmp, of letters, digits, ., -, _ and /', (value) =>
  /^\/tmp(\/\w[\w.-]*)+$/.test(value),
);
const programVariable = text(
  'the name of a variable: letters, digits, ., - and _, not a digit first',
  (value) => /^[A-Za-z_][\w.-]*$/.test(value),
);
const serviceName = text('a-z, 0-9 and -, a letter first, at most 63 (RFC 1035)', (value) =>
  /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value),
);
const openPort = whole('a port that needs no root, 1024 to 65535', 1024, 65535);
const pathOfProbe = text('a path such as /health, of visible characters', (value) =>
  /^\/[!-~]*$/.test(value),
);
const folder = text('a folder such as /plugins, of letters, digits, ., - and _, without ..', (value) =>
  /^(\/\w[\w.-]*)+$/.test(value),
);
/** A pod's files and logs may take 2 GiB of its node's disk. */
const folders: Rule = { expected: 'at most 1536 MiB in all', holds: (sum) => Number(sum) <= 1536 };

/**
 * Finds values with which an application cannot work.
 *
 * @returns the problems, one sentence each: the value, what is expected
 */
export function validateApplication(application: Application): readonly string[] {
  const { settings = {}, searchIndex, sampleData, migrationSteps = [], checks = {} } = application;
  const { reaches, processes = {}, programs = {}, redis, media, mail } = application;
  const { largestRequestMebibytes, slowestPageSeconds } = application;
  const commands: Readonly<Record<string, ManageCommand | undefined>> = {
    ...Object.fromEntries(migrationSteps.map((step, index) => [`migrationSteps.${index}`, step])),
    'searchIndex.rebuild': searchIndex?.rebuild,
    'searchIndex.rebuildForced': searchIndex?.rebuildForced,
    'searchIndex.check': searchIndex?.check,
    sampleData,
    ...Object.fromEntries(Object.entries(checks).map(([title, command]) => [`checks.${title}`, command])),
  };
  return [
    ...problemWith('settingsModule', application.settingsModule, moduleName),
    ...Object.keys(settings).flatMap((name) => problemWith('a name in settings', name, variable)),
    ...imageProblems(application.image),
    ...Object.entries(commands).flatMap(([path, command]) =>
      command === undefined ? [] : problemWith(`${path}[0]`, command[0], manageCommand),
    ),
    ...reachProblems('reaches', reaches),
    ...Object.entries(processes).flatMap(([name, process]) => [
      ...problemWith('a name in processes', name, label),
      ...processProblems(`processes.${name}`, process),
    ]),
    ...Object.entries(programs).flatMap(([name, program]) => [
      ...problemWith('a name in programs', name, serviceName),
      ...programProblems(`programs.${name}`, program),
      ...(program.uses?.includes('redis') && redis === undefined
        ? [`programs.${name}.uses has "redis", expected redis in the application's file`]
        : []),
    ]),
    ...databaseProblems(application.databases),
    ...(redis ? sizeProblems('redis', redis) : []),
    ...(redis?.storageGibibytes === undefined
      ? []
      : problemWith('redis.storageGibibytes', redis.storageGibibytes, count)),
    ...(media ? mediaProblems(media) : []),
    ...(mail ? mailProblems(mail) : []),
    ...(largestRequestMebibytes === undefined
      ? []
      : problemWith('largestRequestMebibytes', largestRequestMebibytes, largestRequest)),
    ...(slowestPageSeconds === undefined
      ? []
      : problemWith('slowestPageSeconds', slowestPageSeconds, slowestPage)),
  ];
}

function imageProblems(image: WebImage = {}): string[] {
  const each = (name: 'systemPackages' | 'buildPackages' | 'builtFromSource', rule: Rule) =>
    (image[name] ?? []).flatMap((value, index) => problemWith(`image.${name}[${index}]`, value, rule));
  const labels = ['title', 'description', 'licenses', 'source'] as const;
  return [
    ...(image.debian === undefined ? [] : problemWith('image.debian', image.debian, tag)),
    ...each('systemPackages', debianPackage),
    ...each('buildPackages', debianPackage),
    ...each('builtFromSource', requirement),
    ...labels
      .filter((name) => image[name] !== undefined)
      .flatMap((name) => problemWith(`image.${name}`, image[name], line)),
  ];
}

function processProblems(path: string, process: Process): string[] {
  const { alive, replicas, command, endsWithinSeconds, reaches } = process;
  return [
    ...problemWith(`${path}.command[0]`, command[0], executable),
    ...sizeProblems(path, process),
    ...problemWith(`${path}.endsWithinSeconds`, endsWithinSeconds, count),
    ...replicasProblems(path, replicas),
    ...('command' in alive
      ? problemWith(`${path}.alive.command[0]`, alive.command[0], executable)
      : [
          ...problemWith(`${path}.alive.file`, alive.file, file),
          ...problemWith(`${path}.alive.withinSeconds`, alive.withinSeconds, count),
        ]),
    ...reachProblems(`${path}.reaches`, reaches),
  ];
}

function programProblems(path: string, program: Program): string[] {
  const {
    writable = {},
    image,
    command,
    port,
    route,
    alive,
    ready,
    startsWithinSeconds,
    settings = {},
  } = program;
  const sizes = { '/tmp': 256, ...writable };
  return [
    ...problemWith(`${path}.image`, image, pinnedImage),
    ...(command ? problemWith(`${path}.command[0]`, command[0], executable) : []),
    ...problemWith(`${path}.port`, port, openPort),
    ...(route ? problemWith(`${path}.route.path`, route.path, sitePath) : []),
    ...problemWith(`${path}.alive`, alive, pathOfProbe),
    ...problemWith(`${path}.ready`, ready, pathOfProbe),
    ...problemWith(`${path}.startsWithinSeconds`, startsWithinSeconds, count),
    ...replicasProblems(path, program.replicas),
    ...Object.keys(settings).flatMap((name) =>
      problemWith(`a name in ${path}.settings`, name, programVariable),
    ),
    ...Object.entries(writable).flatMap(([name, mebibytes]) => [
      ...problemWith(`a folder in ${path}.writable`, name, folder),
      ...problemWith(`${path}.writable.${name}`, mebibytes, count),
    ]),
    ...problemWith(
      `the sum of ${path}.writable`,
      Object.values(sizes).reduce((sum, next) => sum + next, 0),
      folders,
    ),
    ...sizeProblems(path, program),
    ...reachProblems(`${path}.reaches`, program.reaches),
  ];
}

function replicasProblems(path: string, replicas: Replicas): string[] {
  if (replicas === 'exactly one') return [];
  return Object.entries(replicas).flatMap(([kind, value]) =>
    problemWith(`${path}.replicas.${kind}`, value, count),
  );
}

function sizeProblems(
  path: string,
  { cpuMillicores, memoryMebibytes }: { readonly cpuMillicores: number; readonly memoryMebibytes: number },
): string[] {
  return [
    ...problemWith(`${path}.cpuMillicores`, cpuMillicores, count),
    ...problemWith(`${path}.memoryMebibytes`, memoryMebibytes, count),
  ];
}

function reachProblems(path: string, reaches: readonly Reach[] = []): string[] {
  return reaches.flatMap((reach, index) => [
    ...problemWith(`${path}.${index}.what`, reach.what, label),
    ...problemWith(`${path}.${index}.port`, reach.port, port),
    ...(reach.cidrs === 'internet' ? [] : problemWith(`${path}.${index}.cidrs`, reach.cidrs, cidrs)),
  ]);
}
