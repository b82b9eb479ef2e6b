import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesBelow } from '../together/files.js';

const tests = filesBelow('charts', 'environments')
  // It compares with a record of what was made, which every change differs from.
  .filter((file) => file !== 'charts/immutable.test.ts');

/** The file of charts/ or environments/ that this mutant changes. Stryker tells only the number of the mutant. */
function changedFile() {
  const change = `stryMutAct_9fa48("${process.env.__STRYKER_ACTIVE_MUTANT__}")`;
  return ['charts', 'environments']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts'))
    .find((file) => readFileSync(file, 'utf8').includes(change));
}

/** How often a test file names what a file exports, or is about: `mail` for `validate-mail.ts`. */
function mentions(test, file) {
  const about = basename(file, '.ts').split('-').at(-1);
  const exported = readFileSync(file, 'utf8').matchAll(
    /^export (?:const|function|type|interface|class) (\w+)/gm,
  );
  const words = [about, ...[...exported].map(([, name]) => name)];
  return readFileSync(join('test', test), 'utf8').split(new RegExp(`\\b(?:${words.join('|')})\\b`)).length;
}

/** The test file beside a file, or else the one that names it most. */
function firstFor(file) {
  const beside = file.replace('.ts', '.test.ts');
  if (tests.includes(beside)) return beside;
  const [most] = tests
    .filter((test) => test.split('/')[0] === file.split('/')[0])
    .sort((one, other) => mentions(other, file) - mentions(one, file));
  return most;
}

const changed = changedFile();

/** The test file that most likely notices the change of this mutant. */
export const first = changed ? firstFor(changed) : tests[0];

/** All other test files. */
export const others = tests.filter((test) => test !== first);
