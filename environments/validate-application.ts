import type { Application, ManageCommand, Process, Reach, WebImage } from './contract.ts';
import { cidrs, count, label, port, problemWith, type Rule, text } from './rules.ts';

const moduleName = text('the name of a Python module, such as coped.settings', (value) =>
  /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(value),
);
const variable = text('the name of a variable: A-Z, 0-9 and _, not a digit first', (value) =>
  /^[A-Z_][A-Z0-9_]*$/.test(value),
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
const line = text('one line of text', (value) => value.trim() !== '' && !/[\r\n]/.test(value));
const program = text('a program', (value) => value.trim() !== '');
const file = text('a file below /tmp, of letters, digits, ., -, _ and /', (value) =>
  /^\/tmp(\/\w[\w.-]*)+$/.test(value),
);

/**
 * Finds values with which an application cannot work.
 *
 * @returns the problems, one sentence each: the value, what is expected
 */
export function validateApplication(application: Application): readonly string[] {
  const { settings = {}, searchIndex, sampleData, migrationSteps = [], checks = {} } = application;
  const { reaches, processes = {}, redis } = application;
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
    ...(redis ? sizeProblems('redis', redis) : []),
    ...(redis?.storageGibibytes === undefined
      ? []
      : problemWith('redis.storageGibibytes', redis.storageGibibytes, count)),
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
    ...problemWith(`${path}.command[0]`, command[0], program),
    ...sizeProblems(path, process),
    ...problemWith(`${path}.endsWithinSeconds`, endsWithinSeconds, count),
    ...(replicas === 'exactly one'
      ? []
      : Object.entries(replicas).flatMap(([kind, value]) =>
          problemWith(`${path}.replicas.${kind}`, value, count),
        )),
    ...('command' in alive
      ? problemWith(`${path}.alive.command[0]`, alive.command[0], program)
      : [
          ...problemWith(`${path}.alive.file`, alive.file, file),
          ...problemWith(`${path}.alive.withinSeconds`, alive.withinSeconds, count),
        ]),
    ...reachProblems(`${path}.reaches`, reaches),
  ];
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
