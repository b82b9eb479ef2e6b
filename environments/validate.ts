import { isIP } from 'node:net';
import type { AnyEnvironment } from './environment.ts';
import { isSchedule, longestGapDays } from './schedule.ts';

type Environments = Readonly<Record<string, AnyEnvironment>>;

/** A rule for a value, in addition to its type. */
interface Rule {
  /** What the message says after `expected`. */
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

/** Names of the values that a type leaves open: numbers, free text and lists. */
type OpenValue<T> = T extends object
  ? {
      [Name in keyof T & string]-?: Name extends 'images'
        ? Name
        : NonNullable<T[Name]> extends infer Value
          ? Value extends readonly unknown[] | number
            ? Name
            : Value extends string
              ? // A closed list of words, unlike free text, needs a property for each word.
                Record<never, never> extends Record<Value, unknown>
                ? Name
                : never
              : OpenValue<Value>
          : never;
    }[keyof T & string]
  : never;

const whole = (expected: string, least: number, most = Number.MAX_SAFE_INTEGER): Rule => ({
  expected,
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
});
const text = (expected: string, holds: (value: string) => boolean): Rule => ({
  expected,
  holds: (value) => typeof value === 'string' && holds(value),
});

const count = whole('a whole number, at least 1', 1);
const port = whole('a port, 1 to 65535', 1, 65535);

const isLabel = (value: string) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value);
const isName = (value: string) => value.length <= 253 && value.split('.').every(isLabel);
const host = text('a host name (RFC 1123) in lower case, such as coped.example.org', (value) => {
  return isName(value) && !/(^|\.)\d+$/.test(value);
});
const objectName = text('the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)', isName);
const namespace = text('the name of a namespace: a-z, 0-9 and -, at most 63 (RFC 1123)', isLabel);
const bucketWord = text('letters, digits, ., - and _, at least one', (value) =>
  /^[A-Za-z0-9][\w.-]*$/.test(value),
);
const schedule = text(
  'minute 0-59, hour 0-23, day of the month 1-31, month 1-12 and day of the week 0-6, separated by one blank, ' +
    'each *, a number, a list, a range or a step such as */15 or 1-5/2, on a day that exists',
  isSchedule,
);

/** A rule for each value that a type leaves open. */
const rules: Readonly<Record<OpenValue<AnyEnvironment>, Rule>> = {
  bucket: bucketWord,
  caConfigMap: objectName,
  cidrs: {
    expected: 'address ranges such as 10.0.0.0/8 or fd00::/8, at least one',
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isAddressRange),
  },
  className: objectName,
  controllerNamespace: namespace,
  cpuMillicores: count,
  differential: schedule,
  full: schedule,
  host,
  images: text(
    'an image reference, repository:tag or repository:tag@sha256: and 64 hexadecimal digits',
    isImageReference,
  ),
  imagePullSecret: objectName,
  incremental: schedule,
  keepDays: count,
  members: count,
  memoryMebibytes: count,
  namespace,
  nodePath: text(
    'an absolute path without ..',
    (value) => /^(\/[^/]+)+$/.test(value) && !value.includes('..'),
  ),
  nodePort: whole('a NodePort, 30000 to 32767', 30000, 32767),
  nodes: count,
  port,
  region: bucketWord,
  restoreTest: schedule,
  replicas: count,
  storageGibibytes: count,
  tlsSecretName: objectName,
};

/**
 * Finds values with which an environment cannot work, and values that two environments cannot share.
 *
 * @returns the problems, one sentence each: the file, the value, what is expected
 */
export function validate(environments: Environments): readonly string[] {
  const entries = Object.entries(environments);
  return [
    ...entries.flatMap(([name, environment]) =>
      [...valueProblems(environment), ...imageProblems(environment), ...backupProblems(environment)].map(
        (problem) => `${fileOf(name)}: ${problem}`,
      ),
    ),
    ...sharedValues(entries),
  ];
}

const fileOf = (name: string) => `environments/${name}.ts`;

function valueProblems(value: object, path: readonly string[] = []): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const here = [...path, name];
    if (isGroup(inner)) return valueProblems(inner, here);
    const rule = (rules as Readonly<Record<string, Rule>>)[path.at(-1) === 'images' ? 'images' : name];
    if (rule === undefined || rule.holds(inner)) return [];
    // JSON has no NaN.
    const shown = typeof inner === 'number' ? inner : JSON.stringify(inner);
    return [`${here.join('.')} is ${shown}, expected ${rule.expected}`];
  });
}

const isGroup = (value: unknown): value is object => typeof value === 'object' && !Array.isArray(value);

/** A tag may mean another image tomorrow. The types cannot see that a reference of images.json lacks its digest. */
function imageProblems({ address, images }: AnyEnvironment): string[] {
  if (address.kind === 'local') return [];
  return Object.entries(images)
    .filter(([, reference]) => isImageReference(reference) && !reference.includes('@'))
    .map(
      ([name, reference]) =>
        `images.${name} is ${JSON.stringify(reference)}, expected @sha256: and 64 digits after it, zeros until npm run pin asks for them`,
    );
}

/** A backup is deleted `keepDays` after a newer full one, and a restore starts from a full one. */
function backupProblems(environment: AnyEnvironment): string[] {
  const { backups } = environment;
  if (backups === undefined || !isSchedule(backups.full)) return [];
  const gap = longestGapDays(backups.full);
  if (gap <= backups.keepDays) return [];
  return [
    `backups.full is ${JSON.stringify(backups.full)}, which leaves ${gap} days between two full backups, ` +
      `expected at most the ${backups.keepDays} of backups.keepDays`,
  ];
}

/** Addresses in the cluster, on this machine and outside must belong to one environment only. */
function sharedValues(entries: readonly (readonly [string, AnyEnvironment])[]): string[] {
  const first = new Map<string, string>();
  return entries.flatMap(([name, environment]) =>
    ownValues(environment).flatMap(([path, value]) => {
      const key = `${path.split('.').at(-1)} ${value}`;
      const other = first.get(key);
      if (other === undefined) first.set(key, name);
      return other === undefined || other === name
        ? []
        : `${fileOf(name)}: ${path} is ${JSON.stringify(value)}, as in ${fileOf(other)}, expected another one`;
    }),
  );
}

function ownValues(environment: AnyEnvironment): [path: string, value: string | number][] {
  const addresses = {
    address: environment.address,
    ...('localAddress' in environment && { localAddress: environment.localAddress }),
  };
  return [
    ['namespace', environment.namespace],
    ...Object.entries(addresses).flatMap(([path, address]): [string, string | number][] =>
      address.kind === 'ingress'
        ? [[`${path}.host`, address.host]]
        : [
            [`${path}.port`, address.port],
            [`${path}.nodePort`, address.nodePort],
          ],
    ),
  ];
}

function isAddressRange(value: unknown): boolean {
  const [address = '', prefix = '', ...rest] = String(value).split('/');
  const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
function isImageReference(value: string): boolean {
  const [tagged = '', digest, ...rest] = value.split('@');
  const hasTag = /^[a-z0-9]([\w.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*:\w[\w.-]{0,127}$/i;
  return (
    hasTag.test(tagged) && rest.length === 0 && (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest))
  );
}
