import { readdirSync, readFileSync } from 'node:fs';

const tests = new URL('..', import.meta.url);

/**
 * The test files below folders of test/ that can share one file of Jest, as paths below test/. One that says what happens
 * before or after its tests cannot: it would happen before and after all tests.
 */
export function filesBelow(...folders) {
  return (
    readdirSync(tests, { recursive: true, encoding: 'utf8' })
      .filter((file) => folders.includes(file.split('/')[0]) && file.endsWith('.test.ts'))
      .filter((file) => !/^(before|after)(Each|All)\(/m.test(readFileSync(new URL(file, tests), 'utf8')))
      // What is furthest down tests most closely.
      .sort((a, b) => b.split('/').length - a.split('/').length || a.localeCompare(b))
  );
}
