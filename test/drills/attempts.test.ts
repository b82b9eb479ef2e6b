import { describe, expect, test } from '@jest/globals';
import { type Attempt, attemptsIn, everyAttempt, overlap } from './attempts.ts';

const log = (...ids: number[]) => ({
  exitCode: 0,
  output: ids.map((id) => JSON.stringify({ id, start: id, end: id + 0.5, by: 'a' })).join('\n'),
});

describe("a writer's log", () => {
  test('gives every attempt, and not a line that is still being written', () => {
    const { output } = log(1, 2, 3);
    const attempts = everyAttempt('drill-writer', { exitCode: 0, output: `${output}\n{"id": 4, "sta` });
    expect(attempts.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test.each([
    ['the beginning', log(3, 4, 5), /drill-writer has attempt 3 where 1 is expected/],
    ['a piece', log(1, 2, 5), /drill-writer has attempt 5 where 3 is expected/],
    ['everything', log(), /drill-writer has no attempt, expected at least 1/],
  ])('of which %s is missing is an error', (_, log, message) => {
    expect(() => everyAttempt('drill-writer', log)).toThrow(message);
  });

  test('that cannot be read is an error', () => {
    const gone = { exitCode: 1, output: 'Error from server (NotFound): pods "drill-writer" not found' };
    expect(() => everyAttempt('drill-writer', gone)).toThrow(/drill-writer could not be read.*NotFound/);
    expect(() => attemptsIn('drill-writer', gone)).toThrow(/kubectl ended with 1: .*NotFound/);
  });
});

describe('two members that acknowledge at a time', () => {
  const attempt = (start: number, end: number, by?: string): Attempt =>
    by === undefined ? { id: 1, start, end } : { id: 1, start, end, by };
  const takeover = [attempt(10, 11), attempt(30, 30.6, 'new'), attempt(31, 31.1, 'new')];

  test.each([
    ['begins and ends after', attempt(32, 32.1, 'old')],
    ['begins before and ends after', attempt(29.9, 30.7, 'old')],
    ['ends while the first of the other is on its way', attempt(29.9, 30.1, 'old')],
  ])("are found where an old one's row %s the takeover", (_, row) => {
    expect(overlap([row, ...takeover], 'old')).toBe(1);
  });

  test.each([
    ["an old one's row that ends before the takeover", attempt(9, 9.1, 'old')],
    ['an attempt that nobody acknowledged', attempt(29.9, 30.9)],
  ])('are not found in %s', (_, row) => {
    expect(overlap([row, ...takeover], 'old')).toBe(0);
  });

  test('are not found where nobody took over', () => {
    expect(overlap([attempt(1, 2, 'old'), attempt(2, 3, 'old')], 'old')).toBe(0);
  });
});
