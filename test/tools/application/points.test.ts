import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { points, readPoints } from '../../../tools/application/points.ts';
import { titleWidth } from '../../../tools/commands/doctor.ts';
import { bad, good } from '../../../tools/doctor/finding.ts';
import { root } from '../../../tools/terminal/programs.ts';

const text = (path: string) => readFileSync(join(root, path), 'utf8');
const page = text('docs/application-contract.md');
const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-'),
);

test.each(Object.values(points))('$title names a section of the contract, and has a line there', (point) => {
  expect(anchors).toContain(point.section);
  expect(page).toMatch(new RegExp(`^\\| \`${point.title}\` +\\|`, 'm'));
  expect(point.title.length).toBeLessThanOrEqual(titleWidth);
});

test('the program in the pod knows the same points', () => {
  const program = text('docker/web/dev/check_application.py');
  const named = [...program.matchAll(/^ +"([a-z ]+)": lambda|looks\["(\w+)"\]/gm)];
  expect(named.map(([, first, last]) => first ?? last)).toEqual(Object.keys(points));
});

test('what is wrong is shown with what to do, and where the contract says so', () => {
  const answer = [
    { point: 'migrations', found: 'none is missing', wrong: [] },
    { point: 'hosts', found: 'a.example.org', wrong: ['one', 'another'] },
  ];
  expect(readPoints(JSON.stringify(answer))).toEqual([
    { title: 'migrations', finding: good('none is missing') },
    {
      title: 'allowed hosts',
      finding: bad(
        'one; another',
        `${points.hosts.remedy}: docs/application-contract.md#${points.hosts.section}`,
      ),
    },
  ]);
});

test('another answer is refused with its place', () => {
  expect(() => readPoints('[{"point":"colour","found":"","wrong":[]}]')).toThrow(/\[0\]\.point.*colour/);
});
