import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { root } from '../tools/terminal/programs.ts';
import { isStandIn } from './lib/applications.ts';
import { removeCheckout } from './lib/checkout.ts';
import { checkoutOfSecondApplication } from './lib/second-application.ts';

const file = 'environments/application.ts';
const page = 'docs/bring-your-application.md';

let folder: string;

beforeAll(() => {
  folder = checkoutOfSecondApplication();
});

afterAll(() => removeCheckout(folder));

/** The files of a checkout, but for those that are generated or installed, and the code of the application. */
function files(checkout: string): string[] {
  return readdirSync(checkout, { encoding: 'utf8', recursive: true })
    .filter((path) => !/^(\.git|node_modules|\.local|dist|docker\/web)(\/|$)/.test(path))
    .filter((path) => statSync(join(checkout, path)).isFile())
    .sort();
}

test('of the files outside docker/web, the second application touches one', () => {
  const ours = files(folder);
  expect(ours).toEqual(files(root));
  const touched = ours.filter(
    (path) => !readFileSync(join(folder, path)).equals(readFileSync(join(root, path))),
  );
  expect(touched.filter((path) => path !== file)).toEqual([]);
});

test(`${page} shows settings that the second application has`, () => {
  const settings = readFileSync(join(folder, 'docker/web/app/config/settings.py'), 'utf8').split('\n');
  const [, block = ''] = /```python\n(.*?)\n```/s.exec(readFileSync(join(root, page), 'utf8')) ?? [];
  const lines = block.split('\n');
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => !settings.includes(line))).toEqual([]);
});

/** One of the two files between which the page shows the difference. */
function side(mark: '+' | '-'): string {
  const [, difference = ''] = /```diff\n(.*?\n)```/s.exec(readFileSync(join(root, page), 'utf8')) ?? [];
  const lines = difference.split('\n').filter((line) => line.startsWith(mark) || line.startsWith(' '));
  return `${lines.map((line) => line.slice(1)).join('\n')}\n`;
}

test(`${page} shows the file of the second application`, () => {
  expect(side('+')).toBe(readFileSync(join(folder, file), 'utf8'));
});

// The page compares with the stand-in, whose place another application may have taken.
if (isStandIn)
  test(`${page} shows the file of the stand-in`, () => {
    expect(side('-')).toBe(readFileSync(join(root, file), 'utf8'));
  });

test(`the smallest file of ${page} exports all that the others import`, () => {
  const exported = (text: string) => [...text.matchAll(/^ *export const (\w+)/gm)].map(([, name]) => name);
  const [, smallest = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, page), 'utf8')) ?? [];
  expect(exported(smallest)).toEqual(exported(readFileSync(join(root, file), 'utf8')));
});
