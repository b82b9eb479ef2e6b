import { listOf, number, object, readJson, recordOf, string } from '../../../tools/terminal/json.ts';
import type { Finding } from '../finding.ts';
import { answerOf } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const folders = ['.', 'docker/mail-catcher'] as const;

const answer = object({
  auditReportVersion: number,
  vulnerabilities: recordOf(
    object({
      name: string,
      severity: string,
      range: string,
      // A text names the dependency through which it is vulnerable, and which has an entry of its own.
      via: listOf((value, at) => (typeof value === 'string' ? undefined : advisory(value, at))),
    }),
  ),
});
const advisory = object({ url: string, title: string });

/** @throws UnexpectedAnswer when the registry has answered with something else than a report */
export function readNpmAudit(text: string): Finding[] {
  return Object.values(readJson('npm audit', text, answer).vulnerabilities).flatMap(
    ({ name, severity, range, via }) =>
      via.flatMap((each) =>
        each ? [{ rule: each.url, object: name, says: `${severity}, ${range}: ${each.title}` }] : [],
      ),
  );
}

export const npmAudit = {
  name: 'npm-audit',
  looksAt: 'npm packages, those of tests and of the mail catcher too',
  how: 'every severity',
  page: 'https://docs.npmjs.com/cli/commands/npm-audit',
  runs: 'online',
  scan: async () => {
    const found: Finding[] = [];
    for (const folder of folders) {
      const { stdout } = await answerOf('npm', ['audit', '--json', '--prefix', folder], {
        exitCodes: [0, 1],
      });
      found.push(...readNpmAudit(stdout));
    }
    return found;
  },
} as const satisfies Scanner;
