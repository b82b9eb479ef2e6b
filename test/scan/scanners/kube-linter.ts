import { join } from 'node:path';
import { listOf, nullable, object, readJson, string } from '../../../tools/terminal/json.ts';
import type { Finding } from '../finding.ts';
import { answerOf, goProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';
import { objectName } from '../subject.ts';

const answer = object({
  Reports: nullable(
    listOf(
      object({
        Check: string,
        Diagnostic: object({ Message: string }),
        Object: object({ K8sObject: object({ Name: string, GroupVersionKind: object({ Kind: string }) }) }),
      }),
    ),
  ),
});

export function readKubeLinter(environment: string, text: string): Finding[] {
  return (readJson('kube-linter', text, answer).Reports ?? []).map((report) => {
    const { Name, GroupVersionKind } = report.Object.K8sObject;
    return {
      rule: report.Check,
      object: objectName(environment, GroupVersionKind.Kind, Name),
      says: report.Diagnostic.Message,
    };
  });
}

/** kubeconform validates against schemas, for two versions of Kubernetes that are named; this takes the newest schema. */
const others = ['--exclude', 'schema-validation'];

export const kubeLinter = {
  name: 'kube-linter',
  looksAt: 'manifests, each environment as a whole',
  how: 'every built-in check, not only those that it enables by itself; kubeconform does its validation',
  page: 'https://docs.kubelinter.io/#/generated/checks',
  runs: 'online',
  scan: async ({ folder, manifests }) => {
    const program = await goProgram('kube-linter');
    const found: Finding[] = [];
    for (const environment of manifests) {
      const what = join(folder, 'manifests', environment);
      const { stdout } = await answerOf(
        program,
        ['lint', '--add-all-built-in', ...others, '--format', 'json', what],
        { exitCodes: [0, 1] },
      );
      found.push(...readKubeLinter(environment, stdout));
    }
    return found;
  },
} as const satisfies Scanner;
