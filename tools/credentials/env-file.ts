import type { Credential, CredentialName } from '../../environments/credentials.ts';
import { UserError } from '../terminal/user-error.ts';

/** A variable of an env file: its value, and the line that it stands on, counted from 1. */
export interface Variable {
  readonly value: string;
  readonly line: number;
}

/** Every problem of an env file, one a line; says what is wrong with a value, never the value. */
export class EnvFileError extends UserError {
  override readonly name = 'EnvFileError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

interface Problem {
  /** Where it is, or 0 for the file as a whole. */
  readonly line: number;
  readonly text: string;
}

/** Different characters that a value must have at least; of random hexadecimal ones of 20, one in 1800 has fewer. */
const minDistinctCharacters = 8;

/** What people leave in a template, as opposed to what happens to stand somewhere in a random value. */
const placeholders = [
  /^<.*>$/,
  /^\$\{.*\}$/,
  /^[x*.?_-]+$/i,
  /^(your|my)[-_ ]/i,
  /change[-_ ]?(me|this|it)/i,
  /replace[-_ ]?(me|this|with)/i,
  /example|placeholder|fill[-_ ]?(me[-_ ]?)?in|to[-_ ]?do[-_ ]/i,
  /^(todo|tbd|none|null|secret|password)[-_.\w]{0,8}$/i,
];

/**
 * Reads `NAME=value` lines as Docker's `--env-file` does; a value may stand in single or double quotes, which are
 * taken off and in which nothing is special.
 *
 * @param file name of the file in messages
 * @throws EnvFileError with every line that cannot be read
 */
export function parseEnvFile(text: string, file: string): Map<string, Variable> {
  const { variables, problems } = parse(text);
  throwIfAny(problems, file);
  return variables;
}

/**
 * Reads credentials of an environment from a filled-in copy of its example env file.
 *
 * @param file name of the file in messages
 * @param credentials those that the file may hold
 * @param needed those of them that it must hold; a value of another one that will not do is left out
 * @throws EnvFileError with everything that is wrong in the file
 */
export function readCredentials(
  text: string,
  file: string,
  credentials: Readonly<Partial<Record<CredentialName, Credential>>>,
  needed = Object.keys(credentials) as readonly CredentialName[],
): Partial<Record<CredentialName, string>> {
  const { variables, problems, unreadable } = parse(text);
  const names = Object.keys(credentials) as CredentialName[];
  const isKnown = (name: string): name is CredentialName => Object.hasOwn(credentials, name);

  const known = new Map<CredentialName, Variable>();
  for (const [name, variable] of variables) {
    if (isKnown(name)) known.set(name, variable);
    else problems.push({ line: variable.line, text: unknownName(name, names) });
  }
  for (const [name, credential] of entriesOf(credentials)) {
    const { description } = credential;
    const remedy = remedyFor(credential);
    const variable = known.get(name);
    const isNeeded = needed.includes(name);
    if (variable !== undefined) {
      const weakness = weaknessOf(variable.value, credential);
      if (weakness !== undefined && !isNeeded) known.delete(name);
      else if (weakness !== undefined)
        problems.push({ line: variable.line, text: `${name} ${weakness}; ${remedy}` });
    } else if (isNeeded && !unreadable.has(name)) {
      problems.push({ line: 0, text: `${name} is missing: ${description}; ${remedy}` });
    }
  }
  problems.push(...sharedValues(known));
  throwIfAny(problems, file);
  return Object.fromEntries([...known].map(([name, { value }]) => [name, value]));
}

function entriesOf(credentials: Readonly<Partial<Record<CredentialName, Credential>>>) {
  return Object.entries(credentials) as [CredentialName, Credential][];
}

/** What to do to have a value for the credential. */
export function remedyFor({ origin, minLength }: Pick<Credential, 'origin' | 'minLength'>): string {
  return origin === 'issued'
    ? 'take the one that the object store issued for the bucket'
    : `make one with: ${commandFor(minLength)}`;
}

/** The command that makes a value of at least this length, in characters. */
export function commandFor(minLength: number): string {
  return `openssl rand -hex ${Math.max(32, Math.ceil(minLength / 2))}`;
}

function throwIfAny(problems: readonly Problem[], file: string): void {
  if (problems.length === 0) return;
  const sorted = problems.toSorted((a, b) => (a.line || Infinity) - (b.line || Infinity));
  throw new EnvFileError(sorted.map(({ line, text }) => `${file}${line > 0 ? `:${line}` : ''}: ${text}`));
}

/** `unreadable` are the names whose line has a problem, so that they are not called missing as well. */
function parse(text: string): {
  variables: Map<string, Variable>;
  problems: Problem[];
  unreadable: Set<string>;
} {
  const variables = new Map<string, Variable>();
  const problems: Problem[] = [];
  const unreadable = new Set<string>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const report = (problem: string) => problems.push({ line, text: problem });

    const exported = /^export\s+(.*)$/.exec(trimmed);
    if (exported !== null) report('`export` does not belong into an env file: start the line with the name');
    const assignment = exported?.[1] ?? trimmed;
    const equals = assignment.indexOf('=');
    if (equals === -1) {
      // It may be a part of a secret that was broken over two lines, so it is not repeated here.
      report('expected NAME=value, found no `=`');
      continue;
    }
    const name = assignment.slice(0, equals);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      report(
        name.trim() === name
          ? 'invalid name before `=`: expected letters, digits and _, not starting with a digit'
          : 'a blank before `=`: expected NAME=value',
      );
      unreadable.add(name.trim());
      continue;
    }
    const earlier = variables.get(name);
    if (earlier !== undefined) {
      report(`${name} stands on line ${earlier.line} already: keep one of them`);
      continue;
    }
    const value = unquote(assignment.slice(equals + 1).trim());
    if ('problem' in value) {
      report(`${name} ${value.problem}`);
      unreadable.add(name);
    } else {
      variables.set(name, { value: value.literal, line });
    }
  }
  return { variables, problems, unreadable };
}

function unquote(raw: string): { literal: string } | { problem: string } {
  const quote = raw[0];
  if (quote !== '"' && quote !== "'") {
    return /(^|\s)#/.test(raw)
      ? { problem: 'has a # after a blank: put the value into quotes, or the comment on a line of its own' }
      : { literal: raw };
  }
  const end = raw.indexOf(quote, 1);
  if (end === -1) return { problem: `has an opening ${quote} without a closing one` };
  if (end < raw.length - 1) return { problem: `has text after the closing ${quote}` };
  return { literal: raw.slice(1, -1) };
}

/** What makes a value unfit for a credential, as the rest of a sentence; undefined when nothing does. */
function weaknessOf(
  value: string,
  { origin, minLength }: Pick<Credential, 'origin' | 'minLength'>,
): string | undefined {
  if (value === '') return 'is empty';
  if (/[^\x20-\x7e]/.test(value)) return 'holds a character that is not printable ASCII';
  if (/["\\]/.test(value))
    return 'holds a quotation mark or a backslash, which not every program reads as it stands';
  if (placeholders.some((pattern) => pattern.test(value))) return 'is a placeholder still';
  if (origin === 'issued') return undefined;
  if (value.length < minLength) {
    return `is too short: ${value.length} characters, at least ${minLength} are needed`;
  }
  const distinct = new Set(value).size;
  if (distinct < minDistinctCharacters) {
    return `is too weak: ${distinct} different characters, at least ${minDistinctCharacters} are needed`;
  }
  return undefined;
}

function sharedValues(known: ReadonlyMap<CredentialName, Variable>): Problem[] {
  const first = new Map<string, { name: string; line: number }>();
  const problems: Problem[] = [];
  for (const [name, { value, line }] of known) {
    const other = first.get(value);
    if (other === undefined) first.set(value, { name, line });
    // Values that are unfit anyway are said to be so already.
    else if (weaknessOf(value, { origin: 'random', minLength: 0 }) === undefined) {
      problems.push({
        line,
        text: `${name} has the value of ${other.name} (line ${other.line}): give each its own`,
      });
    }
  }
  return problems;
}

function unknownName(name: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toUpperCase(), candidate) }))
    .filter(({ candidate, distance }) => distance <= candidate.length / 3)
    .sort((a, b) => a.distance - b.distance);
  const expected = `expected ${known.join(', ')}`;
  if (nearest !== undefined)
    return `${name} is not a credential: did you mean ${nearest.candidate}? ${expected}`;
  // What does not look like a name may be the end of a base64 value that was broken over two lines.
  const shown = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name) ? name : 'the name';
  return `${shown} is not a credential: ${expected}`;
}

/** Least number of characters to insert, delete or replace to turn one text into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, character] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
