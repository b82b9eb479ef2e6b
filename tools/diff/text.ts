import type { ObjectReport, WorkloadReport } from './compare.ts';
import { type Effect, type Level, levels } from './difference.ts';

/** What an effect of a level begins with. */
export const titles: Readonly<Record<Level, string>> = {
  refused: 'cannot be applied',
  data: 'touches data',
  waits: 'waits',
  restarts: 'restarts',
  runs: 'runs',
  note: '',
};

const states: Readonly<Record<ObjectReport['state'], string>> = {
  new: 'new ',
  changed: '',
  again: '',
  removed: 'removed ',
};

/** Objects of one kind to which the same happens. */
export interface Block {
  /** `new CronJob one, two` */
  readonly title: string;
  readonly words: readonly string[];
}

/** What differs in a workload, with objects together to which the same happens. */
export function blocksOf({ objects }: WorkloadReport): Block[] {
  const keyOf = ({ state, kind, words }: ObjectReport) => JSON.stringify([state, kind, words]);
  return [...new Set(objects.map(keyOf))].map((key) => {
    const alike = objects.filter((object) => keyOf(object) === key);
    const [{ state, kind, words }] = alike as [ObjectReport];
    const names = alike.map(({ name }) => name);
    return { title: `${states[state]}${kind} ${names.join(', ')}`, words };
  });
}

/** The effect as a sentence, without its title. */
export function rest({ level, text, page }: Effect): string {
  const between = { refused: ': ', data: ': ', waits: ': ', restarts: ' ', runs: ' ', note: '' }[level];
  return `${between}${text}${page === undefined ? '' : `: see ${page}`}`;
}

/** What happens to which workloads, on one line for each level. */
export function overview(
  workloads: readonly WorkloadReport[],
): { readonly title: string; readonly names: string }[] {
  return levels
    .filter((level) => level !== 'note')
    .flatMap((level) => {
      const concerned = workloads.filter(({ effects }) => effects.some((effect) => effect.level === level));
      return concerned.length === 0
        ? []
        : [{ title: titles[level], names: concerned.map(({ workload }) => workload).join(', ') }];
    });
}

/** The difference for a terminal: words first, then the lines. */
export function text(title: string, workloads: readonly WorkloadReport[]): string {
  const words = workloads.flatMap((report) => [
    '',
    report.workload,
    ...blocksOf(report).flatMap((block) => [`  ${block.title}`, ...block.words.map((line) => `    ${line}`)]),
    ...report.effects.map((effect) => `  → ${titles[effect.level]}${rest(effect)}`),
  ]);
  const lines = workloads.flatMap(({ objects }) => objects.map((object) => object.lines));
  const summary = overview(workloads).map(({ title, names }) => `${title}: ${names}`);
  return [title, ...summary, ...words, '', ...lines].join('\n').trimEnd();
}
