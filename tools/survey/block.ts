import type { AnyEnvironment } from '../../environments/environment.ts';
import { literal } from './literal.ts';
import type { Answer, Question, Unseen } from './question.ts';

/** A question, and what the cluster says. */
export interface Answered {
  readonly question: Question;
  readonly answer: Answer | Unseen;
}

/** A line of the block: a comment that says how a value was found, or the value. */
interface Line {
  readonly path: readonly string[];
  readonly comment: string;
  /** Undefined where the default, or nothing, stands. */
  readonly value: unknown;
}

/**
 * The parts of an environment's file that the cluster decides, as TypeScript. A value that equals its default is a comment
 * only. What could not be found out stays as the file has it.
 */
export function blockOf(answered: readonly Answered[], environment: AnyEnvironment): string {
  const lines = answered.map((each) => lineOf(each, environment));
  return (['address', 'cluster'] as const)
    .map((group) => ({ group, own: inGroup(lines, group) }))
    .filter(({ own }) => own.length > 0)
    .flatMap(({ group, own }) => [`${group}: {`, ...kept(environment[group], own), ...entries(own), '},'])
    .join('\n');
}

/** What the file says in a group that no cluster knows, such as the host. */
function kept(group: object | undefined, asked: readonly Line[]): string[] {
  return Object.entries(group ?? {})
    .filter(([name]) => asked.every(({ path }) => path[0] !== name))
    .map(([name, value]) => `  ${name}: ${literal(value)},`);
}

function lineOf({ question, answer }: Answered, environment: AnyEnvironment): Line {
  const path = question.value.split('.');
  if ('why' in answer)
    return { path, comment: 'not found out (see below), so as it was', value: valueAt(environment, path) };
  return answer.isDefault
    ? { path, comment: `the default; ${answer.how}`, value: undefined }
    : { path, comment: answer.how, value: answer.value };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);
}

function entries(lines: readonly Line[]): string[] {
  return [...new Set(lines.map(({ path }) => path[0] ?? ''))].flatMap((name) => {
    const own = inGroup(lines, name);
    const [first] = own;
    if (first && first.path.length === 0)
      return first.value === undefined
        ? [`  // ${name}: ${first.comment}`]
        : [`  // ${first.comment}`, `  ${name}: ${literal(first.value)},`];
    const inner = entries(own);
    const isEmpty = own.every(({ value }) => value === undefined);
    return isEmpty
      ? inner.map((text) => text.replace('// ', `// ${name}.`))
      : [`  ${name}: {`, ...inner.map((text) => `  ${text}`), '  },'];
  });
}

/** The lines of a group, with their paths in it. */
function inGroup(lines: readonly Line[], group: string): Line[] {
  return lines
    .filter(({ path }) => path[0] === group)
    .map(({ path, ...line }) => ({ ...line, path: path.slice(1) }));
}

/** What could not be found out, and what to ask: two lines each. */
export function unseenOf(answered: readonly Answered[]): string[] {
  return answered.flatMap(({ question, answer }) => {
    const unseen = 'why' in answer ? [answer] : answer.unseen;
    return unseen.map(({ why, ask }) => `${question.value}: ${why}\n  → ask who runs the cluster ${ask}`);
  });
}
