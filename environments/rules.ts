import { isIP } from 'node:net';
import type { Place } from './cluster.ts';
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
export const objectName = text('the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)', isName);
export const label = text('a-z, 0-9 and -, at most 63 (RFC 1123)', isLabel);
export const namespace = text('the name of a namespace: a-z, 0-9 and -, at most 63 (RFC 1123)', isLabel);
export const bucketWord = text('letters, digits, ., - and _, at least one', (value) =>
  /^[A-Za-z0-9][\w.-]*$/.test(value),
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
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isAddressRange),
};

export const ports: Rule = {
  expected: 'ports, 1 to 65535, at least one',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(port.holds),
};

export const ipFamilies: Rule = {
  expected: "'IPv4', 'IPv6' or both, each once",
  holds: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((family) => family === 'IPv4' || family === 'IPv6'),
};

export const places: Rule = {
  expected:
    'at least one place: { namespace, labels } of pods, with at least one label unless every pod of the namespace is meant, or { cidrs }',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isPlace),
};

/** What is wrong with a value: nothing, or one sentence. */
export function problemWith(name: string, value: unknown, { expected, holds }: Rule): string[] {
  if (holds(value)) return [];
  // JSON has no NaN.
  const shown = typeof value === 'number' ? value : JSON.stringify(value);
  return [`${name} is ${shown}, expected ${expected}`];
}

/** A place has a type of its own; its names, its labels and its ranges are open. */
function isPlace(value: Place): boolean {
  if ('cidrs' in value) return cidrs.holds(value.cidrs);
  const labels = value.labels && Object.entries(value.labels);
  return (
    namespace.holds(value.namespace) &&
    (labels === undefined ||
      (labels.length > 0 && labels.every(([key, value]) => isLabelKey(key) && isLabelValue(value))))
  );
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const isLabelValue = (value: string) => /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(value);
function isLabelKey(value: string): boolean {
  const [name = '', prefix, ...rest] = value.split('/').reverse();
  return rest.length === 0 && name !== '' && isLabelValue(name) && (prefix === undefined || isName(prefix));
}

function isAddressRange(value: unknown): boolean {
  const [address = '', prefix = '', ...rest] = String(value).split('/');
  const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
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
