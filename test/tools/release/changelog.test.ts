import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { newestSection, released } from '../../../tools/release/changelog.ts';
import { root } from '../../../tools/terminal/programs.ts';

const changelog = `# Changelog

## [1.3.0] - Unreleased

### Added

- Something.

## [1.2.0] - 2026-01-31

- Something older.
`;

test('the newest section has a version, a day and what is new, and nothing of the older ones', () => {
  expect(newestSection(changelog)).toEqual({
    version: '1.3.0',
    date: 'Unreleased',
    text: '### Added\n\n- Something.',
  });
});

test('a release gives it a day, and changes nothing else', () => {
  const after = released(changelog, '2026-11-26');
  expect(after).toBe(changelog.replace('Unreleased', '2026-11-26'));
  expect(newestSection(after).date).toBe('2026-11-26');
});

test('what is released is not released again', () => {
  expect(() => released(released(changelog, '2026-11-26'), '2026-11-27')).toThrow(
    'is 1.3.0, released on 2026-11-26',
  );
});

test('a section without an entry is refused', () => {
  expect(() => released(changelog.replace('- Something.', ''), '2026-11-26')).toThrow(
    'the section 1.3.0 of CHANGELOG.md says of nothing that it is new',
  );
});

test.each(['## Unreleased', '## [1.3] - Unreleased', '## [1.3.0] - soon'])('%j is refused', (line) => {
  expect(() => newestSection(`${line}\n\n${changelog}`)).toThrow(`begins with ${JSON.stringify(line)}`);
});

test('the changelog of this project has such a section, of the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const newest = newestSection(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  expect(newest.date === 'Unreleased' || newest.version === version).toBe(true);
});
