import type { Origin } from '../../environments/credentials.ts';

/** Different characters that a value must have at least; of 20 random hexadecimal ones, one in three million has fewer. */
const minDistinct = 6;

/** Characters that nobody can predict from the others and a value must have at least: 64 bits if they are hexadecimal. */
const minUnpredictable = 16;

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

/** How values start that were written into source code, for everybody to read; `startproject` writes the first. */
const publicPrefixes = ['django-insecure-', 'insecure-', 'unsafe-', 'dummy-', 'demo-', 'test-', 'dev-'];

/** Words and rows of keys that passwords are made of. */
const knownWords =
  /pass(word|wd|wort|phrase)?|p[a@4][s5$]{2}w[o0]rd|secret|change|admin|login|letmein|welcome|default|qwert[yz](uiop)?|asdfgh(jkl)?|[yz]xcvbnm?|django|insecure|postgres(ql)?|elastic(search)?|coped|production|staging|database|server|master|access|hello|iloveyou|dragon|monkey|football|summer|winter/g;

/**
 * What makes a value unfit for a credential, as the rest of a sentence that does not repeat the value; undefined when
 * nothing does.
 */
export function weaknessOf(value: string, credential: Origin): string | undefined {
  if (value === '') return 'is empty';
  if (/[^\x20-\x7e]/.test(value)) return 'holds a character that is not printable ASCII';
  if (/["\\]/.test(value))
    return 'holds a quotation mark or a backslash, which not every program reads as it stands';
  if (placeholders.some((pattern) => pattern.test(value))) return 'is a placeholder still';
  return credential.origin === 'random' ? predictability(value, credential.minLength) : undefined;
}

function predictability(value: string, minLength: number): string | undefined {
  if (value.length < minLength) {
    return `is too short: ${value.length} characters, at least ${minLength} are needed`;
  }
  const prefix = publicPrefixes.find((start) => value.toLowerCase().startsWith(start));
  if (prefix !== undefined)
    return `is too weak: it starts with ${prefix}, as values do that stand in source code`;
  const distinct = new Set(value).size;
  if (distinct < minDistinct) {
    return `is too weak: ${distinct} different characters, at least ${minDistinct} are needed`;
  }
  const unpredictable = unpredictableCharacters(value);
  if (unpredictable < minUnpredictable) {
    return (
      `is too weak: ${unpredictable} unpredictable characters, at least ${minUnpredictable} are needed ` +
      '(the others repeat or continue earlier ones, such as abcabc or 1234, or spell a known word)'
    );
  }
  return undefined;
}

/** How many characters of the value neither spell a known word, nor repeat earlier ones, nor continue a series. */
function unpredictableCharacters(value: string): number {
  const text = value.toLowerCase();
  const predictable = new Set<number>();
  const mark = (start: number, length: number) => {
    for (let index = start; index < start + length; index += 1) predictable.add(index);
  };
  for (const { index, 0: word } of text.matchAll(knownWords)) mark(index, word.length);
  for (let index = 1; index + 4 <= text.length; index += 1) {
    if (text.indexOf(text.slice(index, index + 4)) < index) mark(index, 4);
  }
  // A series may be woven into others: 1234, 13579, aabbcc, a1b2c3, ab1ab2ab3.
  for (const distance of [1, 2, 3]) {
    for (let index = 2 * distance; index + 1 < text.length; index += 1) {
      if (continuesSeries(text, index, distance) && continuesSeries(text, index + 1, distance))
        mark(index, 2);
    }
  }
  return text.length - predictable.size;
}

/** Whether the step to this character from the one so far before it is the step by which that one was reached. */
function continuesSeries(text: string, index: number, distance: number): boolean {
  const step = text.charCodeAt(index) - text.charCodeAt(index - distance);
  const before = text.charCodeAt(index - distance) - text.charCodeAt(index - 2 * distance);
  return step === before;
}
