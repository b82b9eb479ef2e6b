import { expect, test } from '@jest/globals';
import { bad, failed, found, index } from '../../lib/doctor.ts';

test('a search index that differs from Postgres is said, with how much and which', async () => {
  const report = index({ equal: false, stale: { count: 12, examples: ['1', '2'] }, current: false });
  const answers = { check_index: await failed('CommandError', JSON.stringify(report)) };
  expect(await found('search index', answers)).toEqual(
    bad(
      /: the mapping is that of another version; 12 stale \(1, 2\)$/,
      'npm run reindex -- production --context test',
    ),
  );
});

test('a search index that is not there is said', async () => {
  const answers = { check_index: await failed('CommandError', JSON.stringify(index({ index: null }))) };
  expect(await found('search index', answers)).toEqual(bad('there is no index', 'npm run reindex'));
});
