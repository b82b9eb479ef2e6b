import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listOf, number, object, readJson, recordOf, string } from '../../../tools/terminal/json.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import type { Finding } from '../finding.ts';
import { answerOf, pythonProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const answer = object({
  errors: listOf(object({ filename: string, reason: string })),
  metrics: recordOf((value) => value),
  results: listOf(object({ test_id: string, filename: string, line_number: number, issue_text: string })),
});

/** @throws UserError when it did not look at one of the files */
export function readBandit(text: string, files: readonly string[]): Finding[] {
  const { errors, metrics, results } = readJson('bandit', text, answer);
  const [missed] = files.filter((file) => !(`./${file}` in metrics || file in metrics));
  if (errors.length > 0 || missed !== undefined)
    throw new UserError(`bandit could not read ${errors[0]?.filename ?? missed}: ${errors[0]?.reason ?? ''}`);
  return results.map(({ test_id, filename, line_number, issue_text }) => ({
    rule: test_id,
    object: filename.replace(/^\.\//, ''),
    says: `line ${line_number}: ${issue_text}`,
  }));
}

/** Whether it holds tests, where Django and pytest have them. */
export function isTest(file: string): boolean {
  return /^docker\/web\/(.*\/)?tests(\.py$|\/)/.test(file);
}

/** The Python programs that run in a cluster: what ends in .py, and what a first line gives to Python. */
export function pythonFiles(): string[] {
  return ['docker', 'charts/configuration']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
    .filter((file) => !isTest(file) && !file.includes('__pycache__'))
    .filter((file) => file.endsWith('.py') || /^#!.*python/.test(readFileSync(join(root, file), 'utf8')))
    .sort();
}

export const bandit = {
  name: 'bandit',
  looksAt: 'the Python programs of the images, and the site',
  how: 'every severity and confidence; comments that ignore a rule have no effect',
  page: 'https://bandit.readthedocs.io/en/latest/plugins/index.html',
  runs: 'everywhere',
  scan: async () => {
    const files = pythonFiles();
    const options = ['--quiet', '--ignore-nosec', '--format', 'json'];
    const { stdout } = await answerOf(await pythonProgram('bandit'), [...options, ...files], {
      exitCodes: [0, 1],
    });
    return readBandit(stdout, files);
  },
} as const satisfies Scanner;
