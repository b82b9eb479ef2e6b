import { expect, test } from '@jest/globals';
import type { WorkloadReport } from '../../../tools/diff/compare.ts';
import { markdown } from '../../../tools/diff/markdown.ts';

function reportWith(lines: string, words: readonly string[] = []): WorkloadReport {
  const object = { state: 'changed', kind: 'ConfigMap', name: 'x', changes: [], words, lines } as const;
  return { workload: 'w', objects: [object], effects: [] };
}

test('nothing in the lines ends their block', () => {
  expect(markdown('t', 'c', [reportWith('+```\n+</details>\n')])).toContain(
    '````diff\n+```\n+</details>\n````\n',
  );
});

test('a value is no mention, no HTML and no link', () => {
  expect(markdown('t', 'c', [reportWith('', ['@all <b> [x](y) a_b'])])).toContain(
    '  - &#64;all \\<b\\> \\[x\\](y) a\\_b',
  );
});

test('lines that are too many for a comment are left out, which is said', () => {
  const line = `+${'x'.repeat(98)}\n`;
  const text = markdown('t', 'npm run diff -- production', [reportWith(line.repeat(400))]);
  expect(text.match(/^\+x/gm)).toHaveLength(160);
  expect(text).toContain('\n24000 more characters are left out: `npm run diff -- production` shows them.\n');
});
