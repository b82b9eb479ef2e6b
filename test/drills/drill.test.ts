import { expect, test } from '@jest/globals';
import { faults } from './drill.ts';

const good = { gapSeconds: 5, acknowledged: 200, failed: 3, lost: 0, unanswered: 1 };

test.each([
  [{}, []],
  [{ gapSeconds: 5.1 }, ['no row was acknowledged for 5.1 s; at most 5 s are allowed']],
  [{ lost: 1 }, ['1 acknowledged rows are lost']],
])('an outcome with %j has the faults %j', (different, expected) => {
  expect(faults({ maxGapSeconds: 5 }, { ...good, ...different })).toEqual(expected);
});
