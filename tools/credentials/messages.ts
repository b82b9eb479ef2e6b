import type { EnvironmentName } from '../../environments/all.ts';
import { type CredentialName, credentials, type Origin } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { storeText } from '../../environments/secret-store.ts';
import { inContext } from '../cluster/cluster.ts';

/** How to get a value for the credential. */
export function remedyFor(credential: Origin): string {
  return credential.origin === 'random'
    ? `make one with: ${commandFor(credential.minLength)}`
    : `take the one that ${credential.origin} issued`;
}

/** Who issues which of these credentials, one clause for each who does: `the map service issues MAP_KEY`. */
export function issuersOf(names: readonly CredentialName[]): string[] {
  const issued = new Map<string, CredentialName[]>();
  for (const name of names) {
    const { origin } = credentials[name];
    if (origin !== 'random') issued.set(origin, [...(issued.get(origin) ?? []), name]);
  }
  return [...issued].map(([issuer, theirs]) => `${issuer} issues ${theirs.join(', ')}`);
}

/**
 * How a person provides what an environment lacks.
 *
 * @param context of the cluster, if one was asked
 */
export function howToProvide(
  name: EnvironmentName,
  { secretStore }: AnyEnvironment,
  context: string | undefined,
): string {
  return secretStore === undefined
    ? `npm run secrets -- ${name} --env-file FILE${inContext(context)}`
    : `put it into the ${storeText(secretStore)}: npm run secrets -- ${name}${inContext(context)} says where`;
}

/** The command that makes a value of at least this length, in characters. */
export function commandFor(minLength: number): string {
  return `openssl rand -hex ${Math.max(32, Math.ceil(minLength / 2))}`;
}

/**
 * The message for a variable that is no credential that a person provides; it names the nearest one.
 *
 * @param known the names of those that a person provides
 */
export function unknownName(name: string, known: readonly string[]): string {
  const expected = `expected ${known.join(', ')}`;
  if (Object.hasOwn(credentials, name))
    return `${name} is not a credential that you provide here: remove the line; ${expected}`;
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toUpperCase(), candidate) }))
    .filter(({ candidate, distance }) => distance <= candidate.length / 3)
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined)
    return `${name} is not a credential: did you mean ${nearest.candidate}? ${expected}`;
  // What does not look like a name may be the end of a base64 value that was broken over two lines.
  const shown = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name) ? name : 'the name';
  return `${shown} is not a credential: ${expected}`;
}

/** Smallest number of characters to insert, delete or replace to turn one text into the other. */
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
