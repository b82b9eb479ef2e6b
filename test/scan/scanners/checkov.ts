import { join } from 'node:path';
import { listOf, number, object, readJson, string } from '../../../tools/terminal/json.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import type { Finding } from '../finding.ts';
import { answerOf, pythonProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';
import { objectName } from '../subject.ts';

const frameworks = ['kubernetes', 'dockerfile', 'github_actions'] as const;

const answer = listOf(
  object({
    check_type: string,
    results: object({
      failed_checks: listOf(
        object({ check_id: string, check_name: string, file_path: string, resource: string }),
      ),
    }),
    summary: object({ passed: number, skipped: number, parsing_errors: number }),
  }),
);

/** @throws UserError when it has looked at nothing of a kind, could not read something, or was told to skip a check */
export function readCheckov(text: string): Finding[] {
  const reports = readJson('checkov', text, answer);
  for (const framework of frameworks) {
    const summary = reports.find(({ check_type }) => check_type === framework)?.summary;
    if (!summary?.passed || summary.skipped > 0 || summary.parsing_errors > 0)
      throw new UserError(
        `checkov has to check files of ${framework}, to read all of them and to skip no check: its summary is ${JSON.stringify(summary)}`,
      );
  }
  return reports.flatMap(({ results }) =>
    results.failed_checks.map(({ check_id, check_name, file_path, resource }) => {
      const [, environment] = /^\/manifests\/([^/]+)\//.exec(file_path) ?? [];
      const [kind = '', , name = ''] = resource.split('.');
      return {
        rule: check_id,
        object: environment ? objectName(environment, kind, name) : file_path.slice(1),
        says: check_name,
      };
    }),
  );
}

export const checkov = {
  name: 'checkov',
  looksAt: 'manifests, Dockerfiles, workflows',
  how: 'every check, and those of `test/scan/policies`',
  page: 'https://www.checkov.io/5.Policy%20Index/all.html',
  runs: 'everywhere',
  scan: async ({ folder }) => {
    const options = ['--quiet', '--compact', '--skip-download', '--output', 'json'];
    const policies = ['--external-checks-dir', join(root, 'test/scan/policies')];
    const what = ['--framework', ...frameworks, '--directory', folder];
    const { stdout } = await answerOf(await pythonProgram('checkov'), [...options, ...policies, ...what], {
      exitCodes: [0, 1],
    });
    return readCheckov(stdout);
  },
} as const satisfies Scanner;
