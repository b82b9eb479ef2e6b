import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environments } from '../environments/all.ts';
import { root } from '../tools/terminal/programs.ts';
import { checkoutWith, type Edit, edit, removeCheckout, runIn } from './lib/checkout.ts';

const folders = [mkdtempSync(join(tmpdir(), 'dist-')), mkdtempSync(join(tmpdir(), 'dist-'))] as const;

beforeAll(() => {
  // What an earlier version has made does not stay.
  writeFileSync(join(folders[0], '99-old.yaml'), '');
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

const file = 'environments/application.ts';
// Stronger than what the application says itself.
const replace = '} as const satisfies Application;';
const cannotWork = [
  'that cannot work',
  { file: 'environments/staging.ts', after: 'keepDays: 14', add: 'keepDays: 6,' },
  'backups.full is "10 2 * * 0", which leaves 7 days between two full backups, expected at most the 6 of backups.keepDays',
] as const;
const missing = [
  'that is missing',
  { file, replace, by: `...{ processes: { worker: { command: ['celery'] } } } ${replace}` },
  "Type '{ command: [string]; }' is missing the following properties from type 'Worker'",
] as const;
const taken = [
  'that the charts have too',
  { file, replace, by: `...{ settings: { DEBUG: '1' } } ${replace}` },
  'sets DEBUG, which the charts set; expected another name',
] as const;

// A program and the compiler, on a machine that may be busy.
const patienceMilliseconds = 60_000;

describe('a value', () => {
  let folder: string;

  beforeAll(() => {
    folder = checkoutWith([]);
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/99-old.yaml'), '');
    // The cluster has nothing.
    writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\necho '{"items":[]}'\n`, { mode: 0o755 });
  });

  afterAll(() => removeCheckout(folder));

  /** What a program says in a copy of the checkout with one edit. */
  async function refusedWith(wanted: Edit, ...program: readonly string[]): Promise<string> {
    edit(folder, wanted);
    const run = ['--import', 'tsx', '--', ...program];
    const { exitCode, output } = await runIn(folder, process.execPath, run, {
      PATH: `${folder}:${process.env.PATH}`,
    });
    edit(folder, { file: wanted.file, copyOf: wanted.file });
    expect([exitCode, readdirSync(join(folder, 'dist'))]).toEqual([1, ['99-old.yaml']]);
    expect(output).not.toMatch(/^\s+at /m);
    return output;
  }

  test.each([cannotWork, missing])(
    '%s ends synthesis with a sentence, and dist/ stays as it is',
    async (_, wanted, problem) => {
      const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
        readFileSync(join(root, 'package.json'), 'utf8'),
      );
      expect(scripts.synth).toBe('node --import tsx main.ts');
      const output = await refusedWith(wanted, 'main.ts');
      expect(output).toMatch(/^environments\//);
      expect(output).toContain(problem);
    },
    patienceMilliseconds,
  );

  test.each([
    ...[cannotWork, missing].map((each) => [...each, /^\nerror: environments\//] as const),
    [...taken, /\n\nerror: environments\//] as const,
  ])(
    '%s ends a command with a sentence',
    async (_, wanted, problem, start) => {
      const output = await refusedWith(wanted, 'tools/cli.ts', 'doctor', 'production', '--context', 'test');
      expect(output).toMatch(start);
      expect(output).toContain(problem);
    },
    patienceMilliseconds,
  );
});
