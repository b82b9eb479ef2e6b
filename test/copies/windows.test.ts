import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { root } from '../../tools/terminal/programs.ts';
import { type Outcome, removeCheckout, runIn } from '../lib/checkout.ts';

/** A clone as Git for Windows makes it, which writes CRLF wherever nothing forbids it. */
const folder = mkdtempSync(join(tmpdir(), 'windows-'));
afterAll(() => removeCheckout(folder));

async function run(program: string, ...arguments_: readonly string[]): Promise<Outcome> {
  const outcome = await runIn(folder, program, arguments_);
  if (outcome.exitCode !== 0) throw new Error(outcome.output);
  return outcome;
}

beforeAll(async () => {
  await run(
    'git',
    'clone',
    '--quiet',
    '--config',
    'core.autocrlf=true',
    '--config',
    'core.eol=crlf',
    root,
    '.',
  );
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});

test('every file of text has LF there', async () => {
  const { output } = await run('git', 'ls-files', '--eol');
  const files = output.split('\n').map((line) => line.split('\t') as [string, string]);
  expect(files.length).toBeGreaterThan(500);
  const withCarriageReturns = files.filter(
    ([how, name]) => !how.includes('attr/-text') && readFileSync(join(folder, name)).includes('\r\n'),
  );
  expect(withCarriageReturns.map(([, name]) => name)).toEqual([]);
});

test('synthesis gives the same bytes, and images have the same content', async () => {
  await run('cdk8s', 'synth', '--no-check-upgrade');
  expect((await run('git', 'status', '--porcelain', '--', 'dist')).output).toBe('');
  await run('npm', 'run', '--silent', 'unit', '--', 'test/tools/local/images.test.ts', 'test/main.test.ts');
});
