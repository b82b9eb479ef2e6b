import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { TooLate, until } from '../../../tools/cluster/until.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';

let now = 0;

beforeEach(() => {
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('looks until the end has come, and gives it', async () => {
  const looks = [{ waits: 'a pod' }, { done: 42 }];
  expect(await until(60, async () => looks.shift() ?? { waits: 'nothing' }, String)).toBe(42);
  expect(looks).toEqual([]);
});

test('says what it waited for last when time is up, and not before', async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    now += looks === 1 ? 59_000 : 2_000;
    return { waits: `look ${looks}` };
  };
  const waiting = until(60, look, async (waits) => `too late: ${waits}`);
  await expect(waiting).rejects.toThrow(new TooLate('too late: look 2'));
  // What the caller catches is a mistake that a person is told of, too.
  await expect(waiting).rejects.toBeInstanceOf(TooLate);
  expect(new TooLate('')).toBeInstanceOf(UserError);
});

test('ends with the error of a look', async () => {
  const look = async () => {
    throw new Error('broken');
  };
  await expect(until(60, look, String)).rejects.toThrow('broken');
});
