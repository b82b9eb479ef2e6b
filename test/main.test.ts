import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../environments/all.ts';
import { root } from '../tools/terminal/programs.ts';
import { checkoutWith, removeCheckout, runIn } from './lib/checkout.ts';

const folders = [mkdtempSync(join(tmpdir(), 'dist-')), mkdtempSync(join(tmpdir(), 'dist-'))] as const;

beforeAll(() => {
  for (const folder of folders) {
    execFileSync(process.execPath, ['--import', 'tsx', 'main.ts'], {
      cwd: root,
      env: { ...process.env, CDK8S_OUTDIR: folder },
    });
  }
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((file) => join(file.parentPath, file.name).slice(folder.length)).sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

test('two syntheses give the same bytes', () => {
  expect(contents(folders[1])).toEqual(contents(folders[0]));
});

test('dist/ is what the code makes: if not, run npm run synth', () => {
  expect(contents(join(root, 'dist'))).toEqual(contents(folders[0]));
});

test('dist/ itself holds dev, and a folder for each other environment and for Argo CD', () => {
  const others = Object.keys(environments).filter((name) => name !== 'dev');
  const subfolders = readdirSync(folders[0]).filter((name) => !name.endsWith('.yaml'));
  expect(subfolders).toEqual(['argocd', ...others].sort());
});

test.each([
  ['synthesis', ['main.ts'], ''],
  ['every command', ['tools/cli.ts', 'doctor', 'production'], '\nerror: '],
])('a value that cannot work ends %s with a sentence, and nothing is made', async (_, program, start) => {
  const file = 'environments/staging.ts';
  const folder = checkoutWith([{ file, after: 'keepDays: 14', add: 'keepDays: 6,' }]);
  try {
    const { exitCode, output } = await runIn(folder, process.execPath, ['--import', 'tsx', '--', ...program]);
    const problem = `${file}: backups.full is "10 2 * * 0", which leaves 7 days between two full backups, expected at most the 6 of backups.keepDays`;
    expect([exitCode, output.startsWith(`${start}environments/`)]).toEqual([1, true]);
    expect(output).toContain(problem);
    expect(output).not.toMatch(/^\s+at /m);
    expect(existsSync(join(folder, 'dist'))).toBe(false);
  } finally {
    removeCheckout(folder);
  }
});
