import { isDeepStrictEqual } from 'node:util';
import { type AnyObject, isRecord, templatePath } from './objects.ts';

/** A field that differs. It is absent where it is undefined. */
export interface Change {
  /**
   * The way to the field: keys, `[NAME]` for an item of a list whose items have names, `[]` for an item of another list.
   * The way to the template of pods is `template`, whatever the kind.
   */
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** The fields in which two states of an object differ. */
export function changesOf(before: AnyObject, after: AnyObject): Change[] {
  const template = templatePath(after.kind) ?? [];
  return differences(before, after, []).map(({ path, ...values }) =>
    template.length > 0 && template.every((key, index) => key === path[index])
      ? { path: ['template', ...path.slice(template.length)], ...values }
      : { path, ...values },
  );
}

/** Maps whose entries have nothing to do with each other: a new map is so many new entries. */
const maps = new Set(['annotations', 'data', 'labels']);

function differences(before: unknown, after: unknown, path: readonly string[]): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const absent = maps.has(path.at(-1) ?? '') ? {} : undefined;
  const [old, now] = [before ?? absent, after ?? absent];
  if (isRecord(old) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    if (keys.length > 0) return keys.flatMap((key) => differences(old[key], now[key], [...path, key]));
  }
  const items = itemDifferences(before ?? [], after ?? [], path);
  return items.length > 0 ? items : [{ path, before, after }];
}

/** The items in which two lists of objects differ; none if they are no such lists, or differ in their order only. */
function itemDifferences(before: unknown, after: unknown, path: readonly string[]): Change[] {
  if (!isListOfRecords(before) || !isListOfRecords(after)) return [];
  const [old, now] = [byName(before), byName(after)];
  if (old && now) {
    const names = [...new Set([...old.keys(), ...now.keys()])];
    return names.flatMap((name) => differences(old.get(name), now.get(name), [...path, `[${name}]`]));
  }
  const isIn = (list: readonly unknown[], item: unknown) =>
    list.some((each) => isDeepStrictEqual(each, item));
  return [
    ...before
      .filter((item) => !isIn(after, item))
      .map((item) => ({ path: [...path, '[]'], before: item, after: undefined })),
    ...after
      .filter((item) => !isIn(before, item))
      .map((item) => ({ path: [...path, '[]'], before: undefined, after: item })),
  ];
}

type Items = readonly Readonly<Record<string, unknown>>[];

function isListOfRecords(value: unknown): value is Items {
  return Array.isArray(value) && value.every(isRecord);
}

/** The items by their names; undefined if one has none, or two have the same. */
export function byName(items: Items): ReadonlyMap<string, unknown> | undefined {
  const named = items.map((item) => {
    const { name } = { ...(isRecord(item.metadata) ? item.metadata : {}), ...item };
    return [name, item] as const;
  });
  if (!named.every((entry): entry is readonly [string, (typeof entry)[1]] => typeof entry[0] === 'string'))
    return undefined;
  const map = new Map(named);
  return map.size === items.length ? map : undefined;
}

/**
 * Whether a path has this form. A pattern is steps with spaces between them, because keys contain dots. `*` stands for any
 * step, `[*]` for an item, `**` at the end for all that follow, if any, and `a|b` for either.
 */
export function isAt(path: readonly string[], pattern: string): boolean {
  const steps = pattern.split(' ');
  const isOpen = steps.at(-1) === '**';
  const fixed = isOpen ? steps.slice(0, -1) : steps;
  if (isOpen ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((step, index) => {
    const found = path[index] ?? '';
    if (step === '*') return true;
    return step === '[*]' ? found.startsWith('[') : step.split('|').includes(found);
  });
}

/** A path for people: `template.spec.containers[web].image`. */
export function pathText(path: readonly string[]): string {
  return path
    .map((step, index) => {
      if (step.startsWith('[')) return step;
      if (/[./]/.test(step)) return `["${step}"]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** The name in a step `[NAME]`. */
export function nameIn(step: string | undefined): string {
  return (step ?? '').replace(/^\[(.*)\]$/, '$1');
}
