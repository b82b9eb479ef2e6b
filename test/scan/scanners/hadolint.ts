import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { listOf, number, object, readJson, string } from '../../../tools/terminal/json.ts';
import { root } from '../../../tools/terminal/programs.ts';
import type { Finding } from '../finding.ts';
import { answerOf, pythonProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const answer = listOf(object({ code: string, file: string, line: number, message: string }));

export function readHadolint(text: string): Finding[] {
  return readJson('hadolint', text, answer).map(({ code, file, line, message }) => ({
    rule: code,
    object: file,
    says: `line ${line}: ${message}`,
  }));
}

export const hadolint = {
  name: 'hadolint',
  looksAt: 'Dockerfiles, and the shell in them',
  how: 'every rule of every level; comments that ignore a rule have no effect',
  page: 'https://github.com/hadolint/hadolint#rules',
  runs: 'everywhere',
  scan: async () => {
    const files = readdirSync(join(root, 'docker')).map((name) => join('docker', name, 'Dockerfile'));
    const options = ['--disable-ignore-pragma', '--format', 'json'];
    const { stdout } = await answerOf(await pythonProgram('hadolint'), [...options, ...files], {
      exitCodes: [0, 1],
    });
    return readHadolint(stdout);
  },
} as const satisfies Scanner;
