import { ExecaError } from 'execa';
import { type Cluster, get, list } from '../cluster/cluster.ts';
import { customKinds, customObjects } from '../cluster/custom-kinds.ts';
import { madeByCharts, namespacedKinds } from '../cluster/manifests.ts';
import { amount } from '../cluster/quantity.ts';
import { byName } from './fields.ts';
import { type AnyObject, at, identity, isRecord, listIn } from './objects.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** An environment in a cluster, before and after an apply. */
export interface Live {
  readonly before: readonly AnyObject[];
  readonly after: readonly AnyObject[];
  /** What the API server says of the objects that it refuses, by their identity. */
  readonly refusals: ReadonlyMap<string, string>;
}

/**
 * What runs, and what an apply of these objects would make of it. The API server works that out (`--dry-run=server`), with
 * its defaults, and changes nothing.
 *
 * @param wanted the objects of dist/
 */
export async function liveManifests(
  cluster: Cluster,
  namespace: string,
  wanted: readonly AnyObject[],
): Promise<Live> {
  const found = await read(cluster, namespace, wanted);
  const own = `Namespace//${namespace}`;
  // Where somebody else makes it, it is there.
  const isThere = found.has(own) || !wanted.some((object) => identity(object) === own);
  if (!isThere) return { before: [], after: wanted, refusals: new Map() };
  const refusals = new Map<string, string>();
  const applied = new Map<string, AnyObject>();
  const manager = (object: AnyObject) => managerOf(found.get(identity(object)));
  for (const name of new Set(wanted.map(manager))) {
    const answers = await dryRun(
      cluster,
      name,
      wanted.filter((object) => manager(object) === name),
    );
    for (const { id, outcome } of answers)
      if (typeof outcome === 'string') refusals.set(id, outcome);
      else applied.set(id, outcome);
  }

  const ids = new Set(wanted.map(identity));
  const before = [...found].flatMap(([id, object]) => {
    const own = wanted.find((each) => identity(each) === id);
    if (own === undefined) {
      if (!isLeftOver(object, [...found.values()], ids)) return [];
      // What the API server adds to a Job is no difference from one that is not there yet.
      const next = wanted.find(
        (each) => object.kind === 'Job' && withoutHash(identity(each)) === withoutHash(id),
      );
      return [next === undefined ? plain(object) : (alike(plain(object), next) as AnyObject)];
    }
    return [applied.has(id) ? plain(object) : (alike(plain(object), own) as AnyObject)];
  });
  const after = wanted.map((object) => {
    const id = identity(object);
    const result = applied.get(id);
    return found.has(id) && result ? plain(result) : object;
  });
  return { before, after, refusals };
}

async function read(
  cluster: Cluster,
  namespace: string,
  wanted: readonly AnyObject[],
): Promise<Map<string, AnyObject>> {
  const namespaced = wanted.filter(({ metadata }) => metadata.namespace !== undefined);
  const usual = namespaced.map(({ kind }) => kind).filter((kind) => !(kind in customKinds));
  const all = new Set<string>([...namespacedKinds, ...usual]);
  const which = ['--namespace', namespace, '--show-managed-fields'];
  const inNamespace = [
    ...(await list<AnyObject>(cluster, [[...all].join(',').toLowerCase(), ...which])),
    ...(await customObjects<AnyObject>(cluster, which)),
  ];
  const others = wanted.filter(({ metadata }) => metadata.namespace === undefined);
  const outside = await Promise.all(
    others.map(({ kind, metadata }) =>
      get<AnyObject>(cluster, [`${kind.toLowerCase()}/${metadata.name}`, '--show-managed-fields']),
    ),
  );
  const objects = [...inNamespace, ...outside.flatMap((object) => object ?? [])];
  return new Map(objects.map((object) => [identity(object), object]));
}

/** Who has applied an object by the server; undefined if kubectl has, or nobody. */
function managerOf(object: AnyObject | undefined): string | undefined {
  if (object === undefined || object.metadata.annotations?.[lastApplied] !== undefined) return undefined;
  const entries = listIn(at(object, 'metadata', 'managedFields'));
  const entry = entries.find((each) => at(each, 'operation') === 'Apply' && !at(each, 'subresource'));
  return entry === undefined ? undefined : `${at(entry, 'manager')}`;
}

interface Answer {
  /** The identity of the object. */
  readonly id: string;
  /** What it would be, or why it is refused. */
  readonly outcome: AnyObject | string;
}

/** What an apply would make of the objects. If one is refused, kubectl says nothing of the others: they are halved. */
async function dryRun(
  cluster: Cluster,
  manager: string | undefined,
  objects: readonly AnyObject[],
): Promise<Answer[]> {
  const how = manager === undefined ? [] : ['--server-side', '--force-conflicts', '--field-manager', manager];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  try {
    const output = await cluster.kubectl(
      ['apply', '--dry-run=server', ...how, '--output', 'json', '--filename', '-'],
      { input },
    );
    const answer: unknown = JSON.parse(output);
    const results = (at(answer, 'kind') === 'List' ? listIn(at(answer, 'items')) : [answer]) as AnyObject[];
    return results.map((outcome) => ({ id: identity(outcome), outcome }));
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const [object] = objects;
    if (objects.length === 1 && object) return [{ id: identity(object), outcome: reason(error) }];
    const middle = Math.ceil(objects.length / 2);
    return [
      ...(await dryRun(cluster, manager, objects.slice(0, middle))),
      ...(await dryRun(cluster, manager, objects.slice(middle))),
    ];
  }
}

/** What the server has said, without the name of the object before it. */
function reason({ stderr, shortMessage }: ExecaError): string {
  const said = `${stderr ?? ''}`
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Warning:'))
    .join(' ');
  return (
    said.replace(/^.*? is invalid: /, '').replace(/^Error from server(?: \(\w+\))?: /, '') || shortMessage
  );
}

/**
 * Whether an object has been made from dist/, and dist/ has it no more. What another object has made belongs to that one.
 * A Job that has succeeded is only its log, unless it is the last one before a Job that is to run.
 */
function isLeftOver(object: AnyObject, found: readonly AnyObject[], wanted: ReadonlySet<string>): boolean {
  const { labels } = object.metadata;
  const isMade = Object.entries(madeByCharts).every(([label, value]) => labels?.[label] === value);
  if (!isMade || at(object, 'metadata', 'ownerReferences') !== undefined) return false;
  if (object.kind !== 'Job' || !Number(at(object, 'status', 'succeeded'))) return true;
  const own = withoutHash(object.metadata.name);
  const isToRun = [...wanted].some(
    (id) => withoutHash(id) === withoutHash(identity(object)) && !found.some((each) => identity(each) === id),
  );
  const newest = found
    .filter(({ kind, metadata }) => kind === 'Job' && withoutHash(metadata.name) === own)
    .toSorted((one, other) => created(other).localeCompare(created(one)))[0];
  return isToRun && newest === object;
}

/** The name of a Job, or its identity, without the hash of its content. */
function withoutHash(name: string): string {
  return name.replace(/-[0-9a-f]{10}$/, '');
}

function created(object: AnyObject): string {
  return `${at(object, 'metadata', 'creationTimestamp')}`;
}

/** An object without what the API server notes in it. */
function plain({ status: _, ...object }: AnyObject & { readonly status?: unknown }): AnyObject {
  const { name, namespace, labels, annotations } = object.metadata;
  const { [lastApplied]: __, ...others } = annotations ?? {};
  return {
    ...object,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(Object.keys(others).length > 0 && { annotations: others }),
    },
  };
}

/** The fields of a value that the wanted one has too, and the items that it has not. For what no apply can tell. */
export function alike(value: unknown, wanted: unknown): unknown {
  if (isRecord(value) && isRecord(wanted))
    return Object.fromEntries(
      Object.keys(wanted)
        .filter((key) => value[key] !== undefined)
        .map((key) => [key, alike(value[key], wanted[key])]),
    );
  if (Array.isArray(value) && Array.isArray(wanted)) {
    const names = wanted.every(isRecord) ? byName(wanted) : undefined;
    return value.map((item: unknown, index) => {
      const name = at(item, 'name') ?? at(item, 'metadata', 'name');
      const twin = names === undefined ? wanted[index] : names.get(`${name}`);
      return twin === undefined ? item : alike(item, twin);
    });
  }
  const isSame = amount(value) !== undefined && amount(value) === amount(wanted);
  return isSame ? wanted : value;
}
