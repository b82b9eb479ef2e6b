import { amount } from '../cluster/quantity.ts';
import { at, isRecord, listIn } from './objects.ts';

/** How long a value may be in words. The lines show it whole. */
const longest = 300;

/** How much before the place where two long values begin to differ is shown. */
const lead = 40;

/** A value for people, on one line. */
export function show(value: unknown): string {
  return part(line(value), 0);
}

/** `old → new`; of long values the part where they begin to differ. */
export function arrow(before: unknown, after: unknown): string {
  const [old, now] = [line(before), line(after)];
  let same = 0;
  while (same < old.length && old[same] === now[same]) same += 1;
  const from = Math.max(old.length, now.length) > longest ? Math.max(0, same - lead) : 0;
  return `${part(old, from)} → ${part(now, from)}`;
}

function line(value: unknown): string {
  if (value === undefined) return 'nothing';
  const isPlain = typeof value === 'string' && value !== '' && !value.includes('\n');
  return isPlain ? value : JSON.stringify(value);
}

function part(text: string, from: number): string {
  const end = from + longest;
  return `${from > 0 ? '…' : ''}${text.slice(from, end)}${text.length > end ? '…' : ''}`;
}

/** Two sizes in the largest unit that suits both: `512 → 1024 MiB`. */
export function sizes(before: unknown, after: unknown): string {
  const [old, now] = [amount(before), amount(after)];
  if (old === undefined || now === undefined) return arrow(before, after);
  const [unit, bytes] =
    [['GiB', 2 ** 30] as const, ['MiB', 2 ** 20] as const].find(
      ([, each]) => old % each === 0 && now % each === 0,
    ) ?? [];
  return bytes === undefined ? arrow(before, after) : `${old / bytes} → ${now / bytes} ${unit}`;
}

interface Reference {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

function referenceIn(image: unknown): Reference | undefined {
  const pattern = /^(?<repository>.+?)(?::(?<tag>[^:/@]+))?(?:@sha256:(?<digest>[0-9a-f]+))?$/;
  const { repository, tag = 'no tag', digest = '' } = pattern.exec(`${image}`)?.groups ?? {};
  return repository === undefined ? undefined : { repository, tag, digest: digest.slice(0, 12) };
}

/** What of an image changes: its version, its build, or where it comes from. */
export function images(before: unknown, after: unknown): string {
  const [old, now] = [referenceIn(before), referenceIn(after)];
  if (!old || !now || old.repository !== now.repository) return `image ${arrow(before, after)}`;
  const name = now.repository.split('/').at(-1);
  const digests = `digest ${old.digest || 'none'} → ${now.digest || 'none'}`;
  if (old.tag === now.tag) return `another build of the image ${name} ${now.tag}: ${digests}`;
  const same = old.digest === now.digest ? (now.digest === '' ? '' : ' (the same digest)') : ` (${digests})`;
  return `image ${name} ${old.tag} → ${now.tag}${same}`;
}

/** The keys of a Secret that a source of a projected volume, a volume or a variable reads: `postgres-app/password`. */
export function secretKeys(source: unknown): string[] {
  const key = at(source, 'valueFrom', 'secretKeyRef');
  if (key !== undefined) return [`${at(key, 'name')}/${at(key, 'key')}`];
  const whole = at(source, 'secretRef');
  if (whole !== undefined) return [`${at(whole, 'name')}/*`];
  const secret = at(source, 'secret');
  if (secret === undefined) return listIn(at(source, 'projected', 'sources')).flatMap(secretKeys);
  const name = at(secret, 'name') ?? at(secret, 'secretName');
  const items = listIn(at(secret, 'items'));
  return items.length === 0 ? [`${name}/*`] : items.map((item) => `${name}/${at(item, 'key')}`);
}

/** A rule of a NetworkPolicy: `postgres on 5432`. */
export function policyRule(rule: unknown): string {
  const peers = listIn(at(rule, 'from') ?? at(rule, 'to')).map(peer);
  const ports = listIn(at(rule, 'ports')).map((port) => {
    const protocol = at(port, 'protocol');
    return `${at(port, 'port')}${protocol === undefined || protocol === 'TCP' ? '' : ` ${protocol}`}`;
  });
  const who = peers.length === 0 ? 'everybody' : peers.join(', ');
  return `${who} on ${ports.length === 0 ? 'every port' : ports.join(', ')}`;
}

function peer(value: unknown): string {
  const cidr = at(value, 'ipBlock', 'cidr');
  if (cidr !== undefined) return `${cidr}`;
  const labels = [at(value, 'podSelector', 'matchLabels'), at(value, 'namespaceSelector', 'matchLabels')];
  const [pods, namespaces] = labels.map((each) =>
    isRecord(each)
      ? (each['app.kubernetes.io/name'] ??
        each['kubernetes.io/metadata.name'] ??
        Object.entries(each).map((pair) => pair.join('=')))
      : undefined,
  );
  if (pods === undefined && namespaces === undefined) return show(value);
  return [pods ?? 'all pods', ...(namespaces === undefined ? [] : [`in ${namespaces}`])].join(' ');
}

/** A rule of a Role: `get, update secrets postgres-tls`. */
export function rightsOf(rule: unknown): string {
  const list = (field: string) => listIn(at(rule, field)).join(', ');
  const names = list('resourceNames');
  return `${list('verbs')} ${list('resources')}${names === '' ? '' : ` ${names}`}`;
}

/** A line before and after. It is new where the first is undefined, and gone where the second is. */
export type LineChange = readonly [before: string | undefined, after: string | undefined];

/** The lines that only one of two texts has. Two that set the same key, such as `a: 1` and `a: 2`, are one change. */
export function lineChanges(before: unknown, after: unknown): LineChange[] {
  const linesOf = (text: unknown) =>
    typeof text === 'string' ? text.split('\n').filter((line) => line.trim() !== '') : [];
  const [old, now] = [linesOf(before), linesOf(after)];
  const removed = old.filter((line) => !now.includes(line));
  const added = now.filter((line) => !old.includes(line)).map((line) => line.trim());
  const keyOf = (line: string) => /^[^:=]*[:=]/.exec(line)?.[0];
  const changes = removed.map((each): LineChange => {
    const line = each.trim();
    const key = keyOf(line);
    const twin = added.findIndex((other) => key !== undefined && keyOf(other) === key);
    return [line, twin === -1 ? undefined : added.splice(twin, 1)[0]];
  });
  return [...changes, ...added.map((line): LineChange => [undefined, line])];
}
