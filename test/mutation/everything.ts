/**
 * The tests of charts/ and environments/ as one file, because a mutant runs all of them: each file of its own would load cdk8s
 * anew.
 */

import { readdirSync } from 'node:fs';

/** One takes seconds to load its schemas, the other compares with a record of what was made. */
const leftOut = ['charts/schema.test.ts', 'charts/immutable.test.ts'];

const files = readdirSync(new URL('..', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(charts|environments)\/.*\.test\.ts$/.test(file) && !leftOut.includes(file))
  // What is furthest down tests most closely.
  .sort((a, b) => b.split('/').length - a.split('/').length || a.localeCompare(b));
for (const file of files) await import(`../${file}`);
