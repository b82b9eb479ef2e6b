import { isIP } from 'node:net';
import { isSchedule } from './schedule.ts';

/** A rule for a value, in addition to its type. */
export interface Rule {
  /** What the message says after `expected`. */
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

export const whole = (expected: string, least: number, most = Number.MAX_SAFE_INTEGER): Rule => ({
  expected,
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
});
export const text = (expected: string, holds: (value: string) => boolean): Rule => ({
  expected,
  holds: (value) => typeof value === 'string' && holds(value),
});

export const count = whole('a whole number, at least 1', 1);
export const port = whole('a port, 1 to 65535', 1, 65535);

const isLabel = (value: string) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value);
const isName = (value: string) => value.length <= 253 && value.split('.').every(isLabel);
export const host = text('a host name (RFC 1123) in lower case, such as coped.example.org', (value) => {
  return isName(value) && !/(^|\.)\d+$/.test(value);
});
export const hosts: Rule = {
  expected: 'host names (RFC 1123) in lower case, such as www.coped.example.org, at least one, each once',
  holds: (value) => isListOf(value, host.holds) && new Set(value).size === value.length,
};
export const objectName = text('the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)', isName);
export const label = text('a-z, 0-9 and -, at most 63 (RFC 1123)', isLabel);
export const namespace = text('the name of a namespace: a-z, 0-9 and -, at most 63 (RFC 1123)', isLabel);
export const bucketWord = text('letters, digits, ., - and _, at least one', (value) =>
  /^[A-Za-z0-9][\w.-]*$/.test(value),
);
export const storeKey = text('letters, digits, ., -, _ and /, as in coped/production', (value) =>
  /^[\w./-]+$/.test(value),
);
export const imageReference = text(
  'an image reference, repository:tag or repository:tag@sha256: and 64 hexadecimal digits',
  isImageReference,
);
export const pinnedImage = text(
  'an image reference with its digest, repository:tag@sha256: and 64 hexadecimal digits',
  (value) => isImageReference(value) && value.includes('@'),
);
export const variable = text('the name of a variable: A-Z, 0-9 and _, not a digit first', (value) =>
  /^[A-Z_][A-Z0-9_]*$/.test(value),
);
export const line = text('one line of text', (value) => value.trim() !== '' && !/[\r\n]/.test(value));
export const schedule = text(
  'minute 0-59, hour 0-23, day of the month 1-31, month 1-12 and day of the week 0-6, separated by one blank, ' +
    'each *, a number, a list, a range or a step such as */15 or 1-5/2, on a day that exists',
  isSchedule,
);

/** What nginx itself serves, or hides, at the top of the site. */
const ofNginx = ['static', 'media', 'livez', 'readyz'];
export const sitePath = text(
  `a path of the site such as /charts/, which begins and ends with /, of letters, digits, ., - and _, not within ${ofNginx.map((name) => `/${name}/`).join(', ')}`,
  (value) => /^(\/\w[\w.-]*)+\/$/.test(value) && !ofNginx.includes(value.split('/')[1] ?? ''),
);

export const cidrs: Rule = {
  expected: 'address ranges such as 10.0.0.0/8 or fd00::/8, at least one',
  holds: (value) => isListOf(value, isAddressRange),
};

/** Labels by which the charts and the commands find their objects. */
const isOwn = (key: string) => /^(app\.kubernetes\.io|coped)\//.test(key);
export const labels: Rule = {
  expected:
    'labels: keys such as team or example.org/team, not below app.kubernetes.io or coped, with values of at most 63 letters, digits, ., - and _',
  holds: (value) => isLabels(value) && !Object.keys(value as object).some(isOwn),
};
export const annotations: Rule = {
  expected:
    'annotations: keys such as example.org/timeout with a text each, without those that the charts set (an issuer is address.tls.issuer)',
  holds: (value) =>
    isMap(value, isQualifiedName, (text) => typeof text === 'string') &&
    !Object.keys(value as object).some((key) =>
      /^(cert-manager\.io\/(cluster-)?issuer|argocd\.argoproj\.io\/ignore-healthcheck)$/.test(key),
    ),
};

export const ports: Rule = {
  expected: 'ports, 1 to 65535, at least one',
  holds: (value) => isListOf(value, port.holds),
};

export const ipFamilies: Rule = {
  expected: "'IPv4', 'IPv6' or both, each once",
  holds: (value) =>
    isListOf(value, (family) => family === 'IPv4' || family === 'IPv6') &&
    new Set(value).size === value.length,
};

export const places: Rule = {
  expected:
    'at least one place: { namespace, labels } of pods, with at least one label unless every pod of the namespace is meant, or { cidrs } of less than all addresses',
  holds: (value) => isListOf(value, isPlace),
};

/** A value of environments/ with which no manifests can be made. Its message is for the person who wrote the value. */
export class ImpossibleValue extends Error {}

/** What is wrong with a value: nothing, or one sentence. */
export function problemWith(name: string, value: unknown, { expected, holds }: Rule): string[] {
  if (holds(value)) return [];
  // JSON has no NaN.
  const shown = typeof value === 'number' ? value : JSON.stringify(value);
  return [`${name} is ${shown}, expected ${expected}`];
}

function isListOf(value: unknown, holds: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every(holds);
}

function isMap(
  value: unknown,
  isKey: (key: string) => boolean,
  isValue: (value: unknown) => boolean,
): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([key, inner]) => isKey(key) && isValue(inner));
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
function isQualifiedName(key: string): boolean {
  const [name = '', prefix, ...rest] = key.split('/').reverse();
  return isWord(name) && (prefix === undefined || isName(prefix)) && rest.length === 0;
}

const isWord = (value: string) => /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(value);
const isLabels = (value: unknown) =>
  isMap(value, isQualifiedName, (text) => text === '' || (typeof text === 'string' && isWord(text)));

/** A range of all addresses would mean everybody, as an empty list does. */
const isRange = (value: unknown) => isAddressRange(value) && !String(value).endsWith('/0');

function isPlace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  const rules: Readonly<Record<string, (value: unknown) => boolean>> =
    'cidrs' in value
      ? { cidrs: (ranges) => isListOf(ranges, isRange) }
      : { namespace: namespace.holds, labels: isLabels };
  return (
    ('cidrs' in value || 'namespace' in value) &&
    entries.every(([name, inner]) => rules[name]?.(inner) ?? false)
  );
}

function isAddressRange(value: unknown): boolean {
  const [address = '', prefix = '', ...rest] = String(value).split('/');
  // A zone (fe80::1%eth0) means something on one machine only.
  const bits = address.includes('%') ? -1 : isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export function isImageReference(value: string): boolean {
  const [tagged = '', digest, ...rest] = value.split('@');
  const hasTag = /^[a-z0-9]([\w.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*:\w[\w.-]{0,127}$/i;
  return (
    hasTag.test(tagged) && rest.length === 0 && (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest))
  );
}
