import { byName, type Change, isAt, nameIn, pathText } from './fields.ts';
import { type AnyObject, at, isRecord, listIn } from './objects.ts';
import { arrow, images, lineChanges, policyRule, rightsOf, secretKeys, show, sizes } from './values.ts';

/** How many lines of a file may be shown in words. */
const mostLines = 4;

/** What a changed field is in words. */
interface Rule {
  /** @default every kind */
  readonly of?: string;
  /** {@link isAt} */
  readonly at: string;
  /** Undefined where the rules further down say it. */
  readonly says: (change: Change, others: readonly Change[]) => string | readonly string[] | undefined;
}

const container = 'template spec containers|initContainers [*]';
/** A field of a container, and not the container itself. */
const inContainer = `${container} * **`;
const explanation = 'kubernetes.io/description';

/** The first rule that fits and says something is taken. */
const rules: readonly Rule[] = [
  {
    at: 'template metadata annotations coped/configuration-hash',
    says: () => 'the configuration that its pods read when they start',
  },
  { at: `${container} image`, says: ({ before, after }) => images(before, after) },
  { at: `${container} resources limits memory`, says: memory('requests', 'memory limit') },
  { at: `${container} resources requests memory`, says: memory('limits', 'reserved memory') },
  {
    at: `${container} resources requests cpu`,
    says: ({ before, after }) => `reserved processor time ${arrow(before, after)}`,
  },
  { at: `${container} env [*]`, says: variable },
  {
    at: `${container} env [*] value`,
    says: ({ path, before, after }) => `variable ${nameIn(path.at(-2))}: ${arrow(before, after)}`,
  },
  {
    at: `${container} command|args`,
    says: ({ path, before, after }) =>
      `${path.at(-1)}: ${arrow(listIn(before).join(' '), listIn(after).join(' '))}`,
  },
  { at: container, says: item(({ path }) => `${path.at(-2) === 'containers' ? '' : 'init '}container`) },
  {
    at: 'template spec volumes [*] projected sources []',
    says: oneOfMany('mounts', (source) => `the Secret ${secretKeys(source).join(', ')}`),
  },
  {
    at: 'template spec volumes [*] emptyDir sizeLimit',
    says: ({ path, before, after }) => `size of the volume ${nameIn(path[3])} ${sizes(before, after)}`,
  },
  {
    at: 'template spec volumes [*] ephemeral volumeClaimTemplate spec resources requests storage',
    says: ({ path, before, after }) => `size of the volume ${nameIn(path[3])} ${sizes(before, after)}`,
  },
  { at: 'template spec volumes [*]', says: item(() => 'volume') },
  { at: 'template spec affinity', says: apart },
  {
    of: 'Deployment',
    at: 'spec replicas',
    says: ({ before, after }) => `pods ${arrow(before ?? 1, after ?? 1)}`,
  },
  {
    of: 'StatefulSet',
    at: 'spec replicas',
    says: ({ before, after }) => `pods ${arrow(before ?? 1, after ?? 1)}`,
  },
  {
    at: 'spec volumeClaimTemplates [*] spec resources requests storage',
    says: ({ path, before, after }) => `size of the volumes ${nameIn(path[2])} ${sizes(before, after)}`,
  },
  { at: 'spec resources requests storage', says: ({ before, after }) => `size ${sizes(before, after)}` },
  { of: 'CronJob', at: 'spec schedule', says: ({ before, after }) => `schedule ${arrow(before, after)}` },
  { of: 'ConfigMap', at: 'data *', says: file },
  { of: 'NetworkPolicy', at: `metadata annotations ${explanation}`, says: explained },
  { of: 'NetworkPolicy', at: 'spec ingress []', says: oneOfMany('admits', policyRule) },
  { of: 'NetworkPolicy', at: 'spec egress []', says: oneOfMany('may connect to', policyRule) },
  {
    of: 'Service',
    at: 'spec ports [*] port|targetPort|nodePort',
    says: ({ path, before, after }) => `${path.at(-1)} of ${nameIn(path[2])} ${arrow(before, after)}`,
  },
  { of: 'Service', at: 'spec ports [*]', says: item(() => 'port') },
  { of: 'Ingress', at: 'spec rules []', says: oneOfMany('serves', (rule) => `${at(rule, 'host')}`) },
  {
    of: 'Ingress',
    at: 'spec tls []',
    says: oneOfMany(
      'has TLS for',
      (tls) => `${listIn(at(tls, 'hosts')).join(', ')} by the Secret ${at(tls, 'secretName')}`,
    ),
  },
  {
    of: 'HTTPRoute',
    at: 'spec hostnames',
    says: ({ before, after }) => `serves ${arrow(listIn(before).join(', '), listIn(after).join(', '))}`,
  },
  { of: 'HTTPRoute', at: 'spec parentRefs [*]', says: item(() => 'Gateway') },
  { of: 'Role', at: 'rules []', says: oneOfMany('may', rightsOf) },
  {
    at: 'metadata labels|annotations *',
    says: ({ path, before, after }) => `${path[1]?.slice(0, -1)} ${path.at(-1)}: ${arrow(before, after)}`,
  },
  { at: '**', says: order },
  { at: '**', says: ({ path, before, after }) => `${place(path)}: ${arrow(before, after)}` },
];

/** What the changed fields of an object are in words. What is the same in several containers is said once. */
export function wordsOf(kind: string, changes: readonly Change[]): string[] {
  const said = new Map<string, Set<string>>();
  for (const change of changes) {
    for (const words of phrases(kind, change, changes)) {
      const where = said.get(words) ?? new Set();
      said.set(words, where);
      if (isAt(change.path, inContainer)) where.add(nameIn(change.path[3]));
    }
  }
  return [...said].map(([words, where]) => (where.size === 0 ? words : `${[...where].join(', ')}: ${words}`));
}

/** What a new object is for, if it explains itself. */
export function introduction({ metadata }: AnyObject): string[] {
  return metadata.annotations?.[explanation]?.split('; ') ?? [];
}

function phrases(kind: string, change: Change, changes: readonly Change[]): readonly string[] {
  for (const { of = kind, at: pattern, says } of rules) {
    const words = of === kind && isAt(change.path, pattern) ? says(change, changes) : undefined;
    if (words !== undefined) return typeof words === 'string' ? [words] : words;
  }
  throw new Error(`no rule says what ${pathText(change.path)} is`);
}

/** Where a field is. The place of one of a container begins at the container. */
function place(path: readonly string[]): string {
  return pathText(isAt(path, inContainer) ? path.slice(4) : path);
}

/** Memory that is reserved is mostly the limit too, and is then said once. */
function memory(other: 'limits' | 'requests', alone: string): Rule['says'] {
  return ({ path, before, after }, changes) => {
    const twin = pathText([...path.slice(0, -2), other, 'memory']);
    const isSame = changes.some(
      (each) => pathText(each.path) === twin && each.before === before && each.after === after,
    );
    return `${isSame ? 'memory' : alone} ${sizes(before, after)}`;
  };
}

/** The charts ask for one thing only: several pods of a workload go to different nodes, where there are enough. */
function apart({ before, after }: Change): string | undefined {
  if (before === undefined) return 'its pods go to different nodes if they can';
  return after === undefined ? 'its pods no longer go to different nodes' : undefined;
}

function item(what: (change: Change) => string): Rule['says'] {
  return (change) => {
    const name = nameIn(change.path.at(-1));
    return change.after === undefined
      ? `without the ${what(change)} ${name}`
      : `new ${what(change)} ${name}: ${show(change.after)}`;
  };
}

function variable({ path, before, after }: Change): string {
  const name = nameIn(path.at(-1));
  if (after === undefined) return `without the variable ${name} (${variableValue(before)})`;
  return `new variable ${name}: ${variableValue(after)}`;
}

function variableValue(variable: unknown): string {
  const [secret] = secretKeys(variable);
  if (secret !== undefined) return `from the Secret ${secret}`;
  return show(at(variable, 'value') ?? at(variable, 'valueFrom'));
}

/** A file of a ConfigMap: the lines, if they are few. */
function file({ path, before, after }: Change): string {
  const name = path.at(-1);
  if (before === undefined) return `new file ${name}`;
  if (after === undefined) return `without the file ${name}`;
  const lines = lineChanges(before, after);
  if (lines.length === 0) return `${name}: the order of its lines, or empty ones`;
  if (lines.length > mostLines) return `${name}: ${lines.length} lines`;
  const said = lines.map(([old, now]) => {
    if (old === undefined) return `new line ${show(now)}`;
    return now === undefined ? `without the line ${show(old)}` : arrow(old, now);
  });
  return `${name}: ${said.join('; ')}`;
}

/** An item of a list without names. Two that differ may have the same words, and then these do not say enough. */
function oneOfMany(verb: string, describe: (item: unknown) => string): Rule['says'] {
  return (change, changes) => {
    const words = describe(change.after ?? change.before);
    const isAmbiguous = changes.some(
      ({ path, before, after }) =>
        pathText(path) === pathText(change.path) &&
        (after === undefined) !== (change.after === undefined) &&
        describe(after ?? before) === words,
    );
    if (isAmbiguous) return undefined;
    return change.after === undefined ? `no longer ${verb} ${words}` : `${verb} ${words}`;
  };
}

/** The explanation of a policy consists of clauses. */
function explained({ before, after }: Change): readonly string[] {
  const clauses = (text: unknown) => (typeof text === 'string' ? text.split('; ') : []);
  const [old, now] = [clauses(before), clauses(after)];
  const parts = [
    ...now.filter((clause) => !old.includes(clause)).map((clause) => `explains: ${clause}`),
    ...old.filter((clause) => !now.includes(clause)).map((clause) => `no longer explains: ${clause}`),
  ];
  return parts.length > 0 ? parts : ['explains the same in another order'];
}

/** A list of objects that differs in nothing but its order. */
function order({ path, before, after }: Change): string | undefined {
  const [old, now] = [listIn(before), listIn(after)];
  if (old.length === 0 || old.length !== now.length || ![...old, ...now].every(isRecord)) return undefined;
  const names = (items: readonly unknown[]) => [...(byName(items.filter(isRecord))?.keys() ?? [])].join(', ');
  const order = names(old) === '' ? '' : `: ${names(old)} → ${names(now)}`;
  return `order of ${place(path)}${order}`;
}
