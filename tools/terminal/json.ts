import { UserError } from './user-error.ts';

/** An answer of a program that is not what its caller expects. */
export class UnexpectedAnswer extends UserError {}

/** Returns the value with its type; `at` is its place in the answer. */
export type Reader<T> = (value: unknown, at: string) => T;

/**
 * Reads what a program answered as JSON.
 *
 * @param asked what it was asked, for people: such as `patronictl list`
 * @throws UnexpectedAnswer when the answer is something else, with the place and the value there
 */
export function readJson<T>(asked: string, answer: string, read: Reader<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnexpectedAnswer(`${asked} answered with something else than JSON: ${answer.slice(0, 80)}`);
  }
  return read(value, `the answer of ${asked}`);
}

function primitive<T>(type: 'boolean' | 'number' | 'string', name: string): Reader<T> {
  return (value, at) => (typeof value === type ? (value as T) : refuse(value, at, name));
}

export const boolean = primitive<boolean>('boolean', 'true or false');
export const number = primitive<number>('number', 'a number');
export const string = primitive<string>('string', 'a text');

/** One of the given strings. */
export function oneOf<const T extends string>(...texts: readonly T[]): Reader<T> {
  return (value, at) => texts.find((text) => text === value) ?? refuse(value, at, texts.join(', '));
}

/** A value that may be null. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, at) => (value === null ? null : read(value, at));
}

/** A value that may be absent or null. */
export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : read(value, at));
}

export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((each, index) => read(each, `${at}[${index}]`))
      : refuse(value, at, 'a list');
}

/** An object with these fields; others are left out. */
export function object<T extends object>(
  fields: { readonly [Key in keyof T]: Reader<T[Key]> },
): Reader<Readonly<T>> {
  return (value, at) => {
    if (!isObject(value)) return refuse(value, at, 'an object');
    const names = Object.keys(fields) as (keyof T & string)[];
    return Object.fromEntries(names.map((name) => [name, fields[name](value[name], `${at}.${name}`)])) as T;
  };
}

/** An object with any keys and with values of one type. */
export function recordOf<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, at) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each, `${at}.${name}`)]))
      : refuse(value, at, 'an object');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(value: unknown, at: string, expected: string): never {
  const got = value === undefined ? 'absent' : JSON.stringify(value).slice(0, 80);
  throw new UnexpectedAnswer(`${at} is ${got}, expected ${expected}`);
}
