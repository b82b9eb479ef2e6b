import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { type Comparison, type Difference, type Effect, levels } from './difference.ts';
import { fieldEffects } from './effects.ts';
import { changesOf } from './fields.ts';
import { objectEffects, removal } from './object-effects.ts';
import { type AnyObject, identity, workloadOf, yaml } from './objects.ts';
import { filesChanged } from './restarts.ts';
import { introduction, wordsOf } from './words.ts';

/** What differs in an object. */
export interface ObjectReport extends Pick<Difference, 'state' | 'kind' | 'name' | 'changes'> {
  readonly words: readonly string[];
  /** The lines that differ, as a unified diff. */
  readonly lines: string;
}

/** What differs in a workload. */
export interface WorkloadReport {
  readonly workload: string;
  readonly objects: readonly ObjectReport[];
  /** What that does, the most dangerous first. */
  readonly effects: readonly Effect[];
}

/** The workloads that differ; first the one to which the most dangerous thing happens. */
export function compare(
  situation: Omit<Comparison, 'differences'>,
  refusals: ReadonlyMap<string, string> = new Map(),
): WorkloadReport[] {
  const differences = differencesOf(situation, refusals);
  const comparison = { ...situation, differences };
  const workloads = [...new Set(differences.map(({ workload }) => workload))];
  return workloads
    .map((workload) => report(workload, comparison))
    .toSorted((one, other) => danger(one) - danger(other));
}

function differencesOf(
  { before, after }: Pick<Comparison, 'before' | 'after'>,
  refusals: ReadonlyMap<string, string>,
): Difference[] {
  const old = new Map(before.map((object) => [identity(object), object]));
  const wanted = new Set(after.map(identity));
  const gone = new Map([...old].filter(([id]) => !wanted.has(id)));
  const present = after.flatMap((object): Difference[] => {
    const id = identity(object);
    const same = old.get(id);
    const earlier = same ?? earlierJob(object, gone);
    const refusal = refusals.get(id);
    const changes =
      earlier === undefined ? [] : changesOf(earlier, { ...object, metadata: metadata(object, earlier) });
    if (same !== undefined && changes.length === 0 && refusal === undefined) return [];
    const state = same ? 'changed' : earlier ? 'again' : 'new';
    return [{ state, ...named(object), before: earlier, after: object, changes, refusal }];
  });
  const removed = [...gone.values()].map(
    (object): Difference => ({
      state: 'removed',
      ...named(object),
      before: object,
      after: undefined,
      changes: [],
    }),
  );
  return [...present, ...removed];
}

/** The Job that an object replaces: the same one with another content. It is then not gone, but run again. */
function earlierJob(object: AnyObject, gone: Map<string, AnyObject>): AnyObject | undefined {
  const { name } = named(object);
  const found = [...gone].find(
    ([, each]) => each.kind === 'Job' && object.kind === 'Job' && named(each).name === name,
  );
  if (found === undefined || object.metadata.name === name) return undefined;
  gone.delete(found[0]);
  return found[1];
}

/** The name of a Job that runs again is no change of its own. */
function metadata(object: AnyObject, { metadata: { name } }: AnyObject): AnyObject['metadata'] {
  return { ...object.metadata, name };
}

function named(object: AnyObject): Pick<Difference, 'workload' | 'kind' | 'name'> {
  const { kind, metadata } = object;
  const name = kind === 'Job' ? metadata.name.replace(/-[0-9a-f]{10}$/, '') : metadata.name;
  return { workload: workloadOf(object), kind, name };
}

function report(workload: string, comparison: Comparison): WorkloadReport {
  const own = comparison.differences.filter((difference) => difference.workload === workload);
  const found = own.flatMap((difference) => [
    ...(difference.state === 'changed' ? fieldEffects(difference, comparison) : []),
    ...objectEffects(difference, comparison),
    ...filesChanged(difference, comparison),
  ]);
  found.push(...removal(own, comparison));
  const effects = [...new Map(found.map((effect) => [effect.text, effect])).values()];
  const restartsNothing: Effect[] = effects.some(({ level }) => level === 'restarts')
    ? []
    : [{ level: 'note', text: 'restarts nothing' }];
  return {
    workload,
    objects: own.map(objectReport),
    effects: [...effects, ...restartsNothing].toSorted(
      (one, other) => levels.indexOf(one.level) - levels.indexOf(other.level),
    ),
  };
}

function objectReport({ state, kind, name, before, after, changes }: Difference): ObjectReport {
  const words = after === undefined ? [] : state === 'new' ? introduction(after) : wordsOf(kind, changes);
  const title = `${kind}/${(after ?? before)?.metadata.name}`;
  const files = [
    before ? `${kind}/${before.metadata.name}` : '/dev/null',
    after ? title : '/dev/null',
  ] as const;
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const lines = createTwoFilesPatch(...files, yaml(before), yaml(after), undefined, undefined, options);
  return { state, kind, name, changes, words, lines };
}

function danger({ effects }: WorkloadReport): number {
  return Math.min(...effects.map(({ level }) => levels.indexOf(level)));
}
