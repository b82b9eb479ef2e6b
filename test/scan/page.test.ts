import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../tools/terminal/programs.ts';
import { exceptions } from './exceptions.ts';
import { page, pageWithTables } from './page.ts';
import { scanners } from './scanners.ts';

test('docs/security.md shows the scanners and the exceptions as they are: npm run scan -- --write-page', () => {
  expect(readFileSync(page, 'utf8')).toBe(pageWithTables());
  for (const { name } of scanners) expect(pageWithTables()).toContain(`| [${name}](`);
  for (const { reason } of exceptions) expect(pageWithTables()).toContain(`| ${reason} |`);
});

test('each exception says why, in whole sentences', () => {
  for (const { reason } of exceptions) expect(reason).toMatch(/^[A-Z/a-z].{20,}\.$/s);
});

/** How a file tells a scanner to look away. */
const pragmas = [
  'hadolint ignore',
  'hadolint global',
  '# nosec',
  'zizmor: ignore',
  'checkov:skip',
  'checkov.io/skip',
  'kube-score/ignore',
  'ignore-check.kube-linter.io',
  'trivy:ignore',
  'SILENCED_SYSTEM_CHECKS',
];

test('no file tells a scanner to look away: exceptions have one place', () => {
  const folders = ['dist', 'docker', '.github', 'charts', 'test/fixtures'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      // What Python and its tools leave behind is not ours.
      .filter((entry) => entry.isFile() && !/__pycache__|\.\w+_cache/.test(entry.parentPath))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.filter((file) => {
    const text = readFileSync(file, 'utf8');
    return pragmas.some((pragma) => text.includes(pragma));
  });
  expect(found).toEqual([]);
});
