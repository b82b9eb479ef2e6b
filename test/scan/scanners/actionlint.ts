import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { listOf, number, object, readJson, string } from '../../../tools/terminal/json.ts';
import { root } from '../../../tools/terminal/programs.ts';
import type { Finding } from '../finding.ts';
import { answerOf, goProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const workflows = '.github/workflows';
const answer = listOf(object({ kind: string, filepath: string, line: number, message: string }));

export function readActionlint(text: string): Finding[] {
  return readJson('actionlint', text, answer).map(({ kind, filepath, line, message }) => ({
    rule: kind,
    object: filepath,
    says: `line ${line}: ${message}`,
  }));
}

export const actionlint = {
  name: 'actionlint',
  looksAt: 'workflows, and the shell in them',
  how: 'every rule',
  page: 'https://github.com/rhysd/actionlint/blob/main/docs/checks.md',
  runs: 'everywhere',
  scan: async () => {
    const files = readdirSync(join(root, workflows)).map((name) => join(workflows, name));
    const { stdout } = await answerOf(await goProgram('actionlint'), ['-format', '{{json .}}', ...files], {
      exitCodes: [0, 1],
    });
    return readActionlint(stdout);
  },
} as const satisfies Scanner;
