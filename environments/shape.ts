/** What a value is made of. Its type says it too, but a command does not ask tsc. */
export interface Shape {
  /** What the message says after `expected`. */
  readonly expected: string;
  /** What is wrong below a value, one sentence each: its path, what is there, what is expected. */
  readonly problems: (value: unknown, path: string) => string[];
}

/** A part that may be left out. */
interface Optional {
  readonly optional: Shape;
}

/** A shape for each part of a type, so that a forgotten one does not compile. */
type PartsOf<T> = { readonly [Name in keyof T]-?: undefined extends T[Name] ? Optional : Shape };

/** A value that is a whole by itself. */
export function leaf(expected: string, holds: (value: unknown) => boolean): Shape {
  return { expected, problems: (value, path) => (holds(value) ? [] : [refusal(expected, value, path)]) };
}

export const anyText = leaf('a text', (value) => typeof value === 'string');
export const anyNumber = leaf('a number', (value) => typeof value === 'number');
export const yesOrNo = leaf('true or false', (value) => typeof value === 'boolean');

/** One of these words. */
export function word(...words: readonly string[]): Shape {
  return leaf(words.map((each) => `'${each}'`).join(' or '), (value) => words.includes(String(value)));
}

/** A list, whose members all have this shape. */
export function list(each: Shape, expected = 'a list'): Shape {
  return {
    expected,
    problems: (value, path) =>
      Array.isArray(value)
        ? value.flatMap((inner, index) => each.problems(inner, `${path}[${index}]`))
        : [refusal(expected, value, path)],
  };
}

/** Values by names of any kind, which all have this shape. */
export function record(each: Shape): Shape {
  const expected = 'values by their names, { name: value }';
  return {
    expected,
    problems: (value, path) =>
      isGroup(value)
        ? Object.entries(value).flatMap(([name, inner]) => each.problems(inner, `${path}.${name}`))
        : [refusal(expected, value, path)],
  };
}

export function optional(shape: Shape): Optional {
  return { optional: shape };
}

/** The parts of a type, by their names. */
export function group<T>(parts: PartsOf<T>): Shape {
  const named = Object.entries<Shape | Optional>(parts);
  const expected = `{ ${named.flatMap(([name, part]) => ('optional' in part ? [] : [name])).join(', ')} }`;
  return {
    expected,
    problems: (value, path) =>
      isGroup(value)
        ? named.flatMap(([name, part]) => {
            const inner: unknown = Reflect.get(value, name);
            if (!('optional' in part)) return part.problems(inner, `${path}.${name}`);
            return inner === undefined ? [] : part.optional.problems(inner, `${path}.${name}`);
          })
        : [refusal(expected, value, path)],
  };
}

/** One of two shapes; `isFirst` tells which one a value is meant to have. */
export function either(first: Shape, isFirst: (value: unknown) => boolean, second: Shape): Shape {
  const expected = `${first.expected}, or ${second.expected}`;
  return {
    expected,
    problems: (value, path) => {
      if (value === undefined) return [refusal(expected, value, path)];
      return (isFirst(value) ? first : second).problems(value, path);
    },
  };
}

/** Whether it is an object with a part of this name. */
export function has(name: string): (value: unknown) => boolean {
  return (value) => isGroup(value) && name in value;
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(expected: string, value: unknown, path: string): string {
  return `${path} is ${value === undefined ? 'missing' : JSON.stringify(value)}, expected ${expected}`;
}
