import type { Credential, CredentialName } from '../../environments/credentials.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Problem, parseEnvFile, type Variable } from './env-file.ts';
import { remedyFor, unknownName } from './messages.ts';
import { weaknessOf } from './weakness.ts';

/** Every problem of an env file, one per line. It says what is wrong with a value, but never the value. */
export class EnvFileError extends UserError {
  override readonly name = 'EnvFileError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads credentials of an environment from an env file.
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
  const { variables, problems, unreadable } = parseEnvFile(text);
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

function sharedValues(known: ReadonlyMap<CredentialName, Variable>): Problem[] {
  const first = new Map<string, { name: string; line: number }>();
  const problems: Problem[] = [];
  for (const [name, { value, line }] of known) {
    const other = first.get(value);
    if (other === undefined) first.set(value, { name, line });
    // Weak values have been reported already.
    else if (weaknessOf(value, { origin: 'random', minLength: 0 }) === undefined) {
      problems.push({
        line,
        text: `${name} has the value of ${other.name} (line ${other.line}): give each its own`,
      });
    }
  }
  return problems;
}

function throwIfAny(problems: readonly Problem[], file: string): void {
  if (problems.length === 0) return;
  const sorted = problems.toSorted((a, b) => (a.line || Infinity) - (b.line || Infinity));
  throw new EnvFileError(sorted.map(({ line, text }) => `${file}${line > 0 ? `:${line}` : ''}: ${text}`));
}
