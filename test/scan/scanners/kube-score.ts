import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { boolean, listOf, number, object, optional, readJson, string } from '../../../tools/terminal/json.ts';
import type { Finding } from '../finding.ts';
import { answerOf, goProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';
import { objectName } from '../subject.ts';
import { newestKubernetes } from './kubeconform.ts';

/** The grade of what is well. */
const well = 10;

const answer = listOf(
  object({
    type_meta: object({ kind: string }),
    object_meta: object({ name: string }),
    checks: listOf(
      object({
        check: object({ id: string }),
        grade: number,
        skipped: boolean,
        comments: optional(listOf(object({ path: string, summary: string }))),
      }),
    ),
  }),
);

/** The rule of a finding has its summary: one rule covers limits of memory, which must be there, and of processor time. */
export function readKubeScore(environment: string, text: string): Finding[] {
  return readJson('kube-score', text, answer).flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < well)
      .flatMap(({ check, comments }) =>
        (comments ?? [{ path: '', summary: 'failed' }]).map(({ path, summary }) => ({
          rule: `${check.id}: ${summary}`,
          object: objectName(environment, type_meta.kind, object_meta.name),
          says: path ? `container ${path}` : summary,
        })),
      ),
  );
}

export const kubeScore = {
  name: 'kube-score',
  looksAt: 'manifests, each environment as a whole',
  how: 'every check, optional ones too',
  page: 'https://github.com/zegl/kube-score/blob/master/README_CHECKS.md',
  runs: 'everywhere',
  scan: async ({ folder, manifests }) => {
    const program = await goProgram('kube-score');
    const options = [
      ...['--all-default-optional', '--kubernetes-version', `v${newestKubernetes.replace(/\.\d+$/, '')}`],
      ...['--disable-ignore-checks-annotations', '--disable-optional-checks-annotations'],
    ];
    const found: Finding[] = [];
    for (const environment of manifests) {
      const path = join(folder, 'manifests', environment);
      const files = readdirSync(path).map((file) => join(path, file));
      const arguments_ = ['score', ...options, '--output-format', 'json', ...files];
      const { stdout } = await answerOf(program, arguments_, { exitCodes: [0, 1] });
      found.push(...readKubeScore(environment, stdout));
    }
    return found;
  },
} as const satisfies Scanner;
