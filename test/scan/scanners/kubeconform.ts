import { join } from 'node:path';
import { supportedKubernetes } from '../../../tools/cluster/versions.ts';
import { listOf, number, object, readJson, string } from '../../../tools/terminal/json.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import type { Finding } from '../finding.ts';
import { answerOf, goProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';
import { objectName } from '../subject.ts';

const oldestKubernetes = `1.${supportedKubernetes.oldest}.0`;
export const newestKubernetes = `1.${supportedKubernetes.newest}.0`;

/** Kubernetes' own schemas have no custom resources. */
const customResources = join(root, 'test/schemas/{{ .ResourceKind }}.json');

const answer = object({
  resources: listOf(object({ kind: string, name: string, filename: string, status: string, msg: string })),
  summary: object({ valid: number, invalid: number, errors: number, skipped: number }),
});

/** @throws UserError when it validated nothing, skipped an object, or had no schema for one */
export function readKubeconform(version: string, text: string): Finding[] {
  const { resources, summary } = readJson('kubeconform', text, answer);
  const unread = resources.find(({ status }) => status === 'statusError' || status === 'statusSkipped');
  if (summary.valid === 0 || unread)
    throw new UserError(
      `kubeconform could not validate ${unread ? `${unread.kind} ${unread.name}` : 'any object'} for Kubernetes ${version}: ${unread?.msg ?? ''}`,
    );
  return resources
    .filter(({ status }) => status === 'statusInvalid')
    .map(({ kind, name, filename, msg }) => ({
      rule: version,
      object: objectName(filename.split('/').at(-2) ?? '', kind, name),
      says: msg,
    }));
}

export const kubeconform = {
  name: 'kubeconform',
  looksAt: `manifests, for Kubernetes ${oldestKubernetes} and ${newestKubernetes}`,
  how: 'strict: no unknown field; an object without a schema is an error',
  page: 'https://github.com/yannh/kubeconform#readme',
  runs: 'online',
  scan: async ({ folder }) => {
    const program = await goProgram('kubeconform');
    const found: Finding[] = [];
    for (const version of [oldestKubernetes, newestKubernetes]) {
      const options = ['-strict', '-verbose', '-summary', '-output', 'json', '-kubernetes-version', version];
      const schemas = ['default', customResources].flatMap((place) => ['-schema-location', place]);
      const { stdout } = await answerOf(program, [...options, ...schemas, join(folder, 'manifests')], {
        exitCodes: [0, 1],
      });
      found.push(...readKubeconform(version, stdout));
    }
    return found;
  },
} as const satisfies Scanner;
