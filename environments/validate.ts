import { hostsOf } from './address.ts';
import { credentials } from './application.ts';
import type { AnyEnvironment } from './environment.ts';
import {
  annotations,
  bucketWord,
  cidrs,
  count,
  host,
  hosts,
  imageReference,
  ipFamilies,
  isImageReference,
  labels,
  namespace,
  objectName,
  places,
  port,
  ports,
  problemWith,
  type Rule,
  schedule,
  storeKey,
  text,
  whole,
} from './rules.ts';
import { isSchedule, longestGapDays } from './schedule.ts';
import { storeText } from './secret-store.ts';
import { validateApplication } from './validate-application.ts';
import { validateCredentials } from './validate-credentials.ts';
import { passwordProblems } from './validate-databases.ts';
import { familyProblems } from './validate-families.ts';
import { bucketOfItsOwnProblems } from './validate-media.ts';

type Environments = Readonly<Record<string, AnyEnvironment>>;

/** Maps with a rule for all of their entries together. */
const wholes = ['annotations', 'labels'] as const;

/** Names of the values that a type leaves open: numbers, free text and lists. */
type OpenValue<T> = T extends object
  ? {
      [Name in keyof T & string]-?: Name extends 'images' | (typeof wholes)[number]
        ? Name
        : Name extends 'application'
          ? never
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

/** A rule for each value that a type leaves open. */
const rules: Readonly<Record<OpenValue<AnyEnvironment>, Rule>> = {
  annotations,
  at: places,
  bucket: bucketWord,
  caConfigMap: objectName,
  cidrs,
  className: objectName,
  cpuLimitMillicores: count,
  cpuMillicores: count,
  data: objectName,
  differential: schedule,
  domain: host,
  entry: storeKey,
  from: places,
  full: schedule,
  host,
  images: imageReference,
  imagePullSecret: objectName,
  incremental: schedule,
  ipFamilies,
  keepDays: count,
  labels,
  members: count,
  memoryMebibytes: count,
  name: objectName,
  namespace,
  nodePath: text(
    'an absolute path without ..',
    (value) => /^(\/[^/]+)+$/.test(value) && !value.includes('..'),
  ),
  nodePort: whole('a NodePort, 30000 to 32767', 30000, 32767),
  nodes: count,
  otherHosts: hosts,
  port,
  ports,
  prefix: storeKey,
  region: bucketWord,
  restoreTest: schedule,
  replicas: count,
  scratch: objectName,
  secretName: objectName,
  sectionName: objectName,
  storageGibibytes: count,
  userId: whole('a user that is not root, 1 to 2147483647', 1, 2147483647),
  visitorsFrom: cidrs,
};

/**
 * Rules that hold for one value, in place of those above, by the path of the value: with less memory these do not start.
 *
 * Postgres' members run Patroni and their own processes beside the shared buffers, a quarter, and up to 100 connections
 * that each may sort in 1 MiB. Elasticsearch has 0.4 of it as its heap, and half as much again for buffers outside of it;
 * the rest has to hold the classes, the compiled code and the threads of the JVM, some 400 MiB.
 *
 * @see https://www.postgresql.org/docs/17/runtime-config-resource.html
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/advanced-configuration.html#set-jvm-heap-size
 */
const rulesByPath: Readonly<Record<string, Rule>> = {
  'postgres.memoryMebibytes': whole('a whole number, at least 256', 256),
  'elasticsearch.memoryMebibytes': whole('a whole number, at least 1024', 1024),
};

/**
 * Finds values with which an environment cannot work, and values that two environments cannot share.
 *
 * @returns the problems, one sentence each: the file, the value, what is expected
 */
export function validate(environments: Environments): readonly string[] {
  const entries = Object.entries(environments);
  const applications = new Set(entries.map(([, { application }]) => application));
  return [
    ...validateCredentials(credentials).map((problem) => `environments/application.ts: ${problem}`),
    ...[...applications].flatMap((application) =>
      validateApplication(application).map((problem) => `environments/application.ts: ${problem}`),
    ),
    ...[
      ...entries.flatMap(([, environment]) => passwordProblems(environment, credentials)),
      ...bucketOfItsOwnProblems(entries.map(([, environment]) => environment)),
    ].map((problem) => `environments/application.ts: ${problem}`),
    ...entries.flatMap(([name, environment]) =>
      [
        ...valueProblems(environment),
        ...imageProblems(environment),
        ...backupProblems(environment),
        ...hostProblems(environment),
        ...familyProblems(environment),
      ].map((problem) => `${fileOf(name)}: ${problem}`),
    ),
    ...sharedValues(entries),
  ];
}

const fileOf = (name: string) => `environments/${name}.ts`;

function valueProblems(value: object, path: readonly string[] = []): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (name === 'application') return [];
    const here = [...path, name];
    if (isGroup(inner) && !wholes.some((whole) => whole === name)) return valueProblems(inner, here);
    const fullName = here.join('.');
    const generalRules: Readonly<Record<string, Rule>> = rules;
    const rule = rulesByPath[fullName] ?? generalRules[path.at(-1) === 'images' ? 'images' : name];
    return rule === undefined ? [] : problemWith(fullName, inner, rule);
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

/** A name that stands twice in an Ingress or an HTTPRoute is refused by some controllers. */
function hostProblems({ address }: AnyEnvironment): string[] {
  if (address.kind === 'local' || !address.otherHosts?.includes(address.host)) return [];
  return [
    `address.otherHosts has ${JSON.stringify(address.host)}, which is address.host, expected other names only`,
  ];
}

/** Addresses in the cluster, on this machine and outside, and places of secrets must belong to one environment only. */
function sharedValues(entries: readonly (readonly [string, AnyEnvironment])[]): string[] {
  const first = new Map<string, string>();
  return entries.flatMap(([name, environment]) =>
    ownValues(environment).flatMap(([path, kind, value]) => {
      const key = `${kind} ${value}`;
      const other = first.get(key);
      if (other === undefined) first.set(key, name);
      return other === undefined || other === name
        ? []
        : `${fileOf(name)}: ${path} is ${JSON.stringify(value)}, as in ${fileOf(other)}, expected another one`;
    }),
  );
}

function ownValues(environment: AnyEnvironment): [path: string, kind: string, value: string | number][] {
  const addresses = {
    address: environment.address,
    ...('localAddress' in environment && { localAddress: environment.localAddress }),
  };
  const { secretStore } = environment;
  return [
    ['namespace', 'namespace', environment.namespace],
    ...Object.entries(secretStore?.keys ?? {}).map(([kind, value]): [string, string, string] => [
      `secretStore.keys.${kind}`,
      `${secretStore && storeText(secretStore)} ${kind}`,
      value,
    ]),
    ...Object.entries(addresses).flatMap(([path, address]): [string, string, string | number][] =>
      address.kind === 'local'
        ? [
            [`${path}.port`, 'port', address.port],
            [`${path}.nodePort`, 'nodePort', address.nodePort],
          ]
        : hostsOf(address).map((host) => [
            `${path}.${host === address.host ? 'host' : 'otherHosts'}`,
            'host',
            host,
          ]),
    ),
  ];
}
