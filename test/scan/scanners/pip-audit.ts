import { listOf, object, optional, readJson, string } from '../../../tools/terminal/json.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import type { Finding } from '../finding.ts';
import { answerOf, pythonProgram } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const files = ['docker/web/requirements.txt', 'docker/web/requirements-dev.txt'] as const;

const answer = object({
  dependencies: listOf(
    object({
      name: string,
      skip_reason: optional(string),
      vulns: optional(listOf(object({ id: string, fix_versions: listOf(string) }))),
    }),
  ),
});

/** @throws UserError when it knows nothing of a package: it would pass where its database is not to be had */
export function readPipAudit(text: string): Finding[] {
  const { dependencies } = readJson('pip-audit', text, answer);
  const skipped = dependencies.find(({ vulns, skip_reason }) => !vulns || skip_reason);
  if (dependencies.length === 0 || skipped)
    throw new UserError(
      `pip-audit did not look at ${skipped?.name ?? 'any package'}: ${skipped?.skip_reason}`,
    );
  return dependencies.flatMap(({ name, vulns = [] }) =>
    vulns.map(({ id, fix_versions }) => ({
      rule: id,
      object: name,
      says: fix_versions.length > 0 ? `corrected in ${fix_versions.join(', ')}` : 'not corrected yet',
    })),
  );
}

export const pipAudit = {
  name: 'pip-audit',
  looksAt: 'Python packages of the site, those of dev too',
  how: 'every vulnerability',
  page: 'https://github.com/pypa/pip-audit#readme',
  runs: 'online',
  scan: async () => {
    const found: Finding[] = [];
    for (const file of files) {
      const what = ['--requirement', file, '--require-hashes', '--disable-pip'];
      const how = ['--progress-spinner', 'off', '--format', 'json'];
      const { stdout } = await answerOf(await pythonProgram('pip-audit'), [...what, ...how], {
        exitCodes: [0, 1],
      });
      found.push(...readPipAudit(stdout));
    }
    return found;
  },
} as const satisfies Scanner;
