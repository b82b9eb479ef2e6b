import { listOf, object, readJson, string } from '../../../tools/terminal/json.ts';
import type { Finding } from '../finding.ts';
import { answerOf } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

const names = listOf(object({ name: string }));

/** What may be unused, or used without being declared: the kinds of an issue that knip reports by the name of a thing. */
const kinds = {
  binaries: names,
  dependencies: names,
  devDependencies: names,
  enumMembers: names,
  exports: names,
  files: names,
  namespaceMembers: names,
  optionalPeerDependencies: names,
  types: names,
  unlisted: names,
  unresolved: names,
};

const answer = object({ issues: listOf(object({ file: string, ...kinds })) });

export function readKnip(text: string): Finding[] {
  return readJson('knip', text, answer).issues.flatMap(({ file, ...issue }) =>
    (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((rule) =>
      issue[rule].map(({ name }) => ({
        rule,
        object: rule === 'files' ? file : `${file} ${name}`,
        says: 'unused, or used without being declared',
      })),
    ),
  );
}

export const knip = {
  name: 'knip',
  looksAt: 'TypeScript: files, exports and dependencies that nothing uses, or that nobody declares',
  how: 'every kind of issue, tests included',
  page: 'https://knip.dev/reference/issue-types',
  runs: 'everywhere',
  scan: async () => {
    const arguments_ = ['--no-install', 'knip', '--no-progress', '--no-config-hints', '--reporter', 'json'];
    const { stdout } = await answerOf('npx', arguments_, { exitCodes: [0, 1] });
    return readKnip(stdout);
  },
} as const satisfies Scanner;
