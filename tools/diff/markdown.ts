import type { WorkloadReport } from './compare.ts';
import { blocksOf, overview, rest, titles } from './text.ts';

/**
 * How many characters of lines a comment gets for an environment: GitHub refuses a comment of more than 65,536, and three
 * environments have to fit.
 */
const mostCharacters = 16_000;

/** The difference for a pull request: words first, then the lines, which are folded. */
export function markdown(title: string, command: string, workloads: readonly WorkloadReport[]): string {
  const words = workloads.flatMap((report) => [
    '',
    `#### ${escaped(report.workload)}`,
    '',
    ...blocksOf(report).flatMap((block) => [
      `- ${escaped(block.title)}`,
      ...block.words.map((line) => `  - ${escaped(line)}`),
    ]),
    '',
    ...report.effects.map((effect) =>
      `- → **${titles[effect.level]}**${escaped(rest(effect))}`.replace('****', ''),
    ),
  ]);
  const summary = overview(workloads).map(({ title, names }) => `- **${title}**: ${escaped(names)}`);
  return [`### ${escaped(title)}`, '', ...summary, ...words, '', ...folded(workloads, command)]
    .join('\n')
    .trimEnd();
}

function folded(workloads: readonly WorkloadReport[], command: string): string[] {
  const all = workloads.flatMap(({ objects }) => objects.map(({ lines }) => lines)).join('');
  if (all === '') return [];
  const shown = all.slice(0, mostCharacters).replace(/[^\n]*$/, '');
  const left = all.length - shown.length;
  // Longer than any in the lines, so that nothing in them ends the block.
  const fence = '`'.repeat(Math.max(3, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  const remark = left === 0 ? [] : [`${left} more characters are left out: \`${command}\` shows them.`, ''];
  return [
    '<details><summary>The lines</summary>',
    '',
    `${fence}diff`,
    shown.trimEnd(),
    fence,
    '',
    ...remark,
    '</details>',
  ];
}

/** Text that Markdown shows as it is. */
function escaped(text: string): string {
  return text.replace(/[\\`*_<>#[\]|~&@]/g, (character) => (character === '@' ? '&#64;' : `\\${character}`));
}
