import { listOf, object, readJson, string } from '../../../tools/terminal/json.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import type { Finding } from '../finding.ts';
import { answerOf, pythonProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const location = object({
  symbolic: object({
    key: object({ Local: object({ verbatim_path: string }) }),
    annotation: string,
  }),
});
const answer = listOf(object({ ident: string, desc: string, locations: listOf(location) }));

export function readZizmor(text: string): Finding[] {
  return readJson('zizmor', text, answer).map(({ ident, desc, locations: [first] }) => {
    if (!first) throw new UserError(`zizmor found ${ident}, and does not say where`);
    const { key, annotation } = first.symbolic;
    return { rule: ident, object: key.Local.verbatim_path, says: `${desc}: ${annotation}` };
  });
}

export const zizmor = {
  name: 'zizmor',
  looksAt: 'workflows',
  how: 'the persona `pedantic`; comments that ignore a rule have no effect',
  page: 'https://docs.zizmor.sh/audits/',
  runs: 'everywhere',
  scan: async () => {
    const strict = ['--pedantic', '--no-ignores', '--no-config', '--strict-collection'];
    const how = ['--offline', '--no-exit-codes', '--quiet', '--format', 'json-v1'];
    const { stdout } = await answerOf(await pythonProgram('zizmor'), [...strict, ...how, '.github']);
    return readZizmor(stdout);
  },
} as const satisfies Scanner;
