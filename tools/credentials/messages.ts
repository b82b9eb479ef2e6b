import type { Credential } from '../../environments/credentials.ts';

/** How to get a value for the credential. */
export function remedyFor({ origin, minLength }: Pick<Credential, 'origin' | 'minLength'>): string {
  return origin === 'issued'
    ? 'take the one that its provider issued'
    : `make one with: ${commandFor(minLength)}`;
}

/** The command that makes a value of at least this length, in characters. */
export function commandFor(minLength: number): string {
  return `openssl rand -hex ${Math.max(32, Math.ceil(minLength / 2))}`;
}

/** The message for a variable that is no known credential; it names the nearest one. */
export function unknownName(name: string, known: readonly string[]): string {
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
