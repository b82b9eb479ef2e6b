import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { Schedule } from '../../environments/environment.ts';
import { isSchedule, longestGapDays } from '../../environments/schedule.ts';
import { problems, problemsWith } from '../lib/refusals.ts';

const { staging } = environments;

describe('a schedule', () => {
  test.each(['full', 'differential', 'incremental', 'restoreTest'])('of backups.%s is checked', (of) => {
    const expected =
      'minute 0-59, hour 0-23, day of the month 1-31, month 1-12 and day of the week 0-6, separated by one blank, ' +
      'each *, a number, a list, a range or a step such as */15 or 1-5/2, on a day that exists';
    expect(problemsWith(`backups.${of}`, '0 25 * * *')).toEqual([
      `environments/staging.ts: backups.${of} is "0 25 * * *", expected ${expected}`,
    ]);
  });

  test.each([
    '* * * * *',
    '40 5-21/4 * * *',
    '*/15 0,12 1-7 JAN,jul MON-FRI',
    '0 0 29 2 *',
    '0 0 31 2 1',
    '00 01 ? * *',
    '0 0 * * */7',
  ])('%j runs', (text) => {
    expect(isSchedule(text)).toBe(true);
  });

  test.each([
    '',
    '0 0 * *',
    '0 0 * * * *',
    '0  0 * * *',
    ' 0 0 * * *',
    '60 0 * * *',
    '-1 0 * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '0 0 32 * *',
    '0 0 * 0 *',
    '0 0 * 13 *',
    '0 0 * * 7',
    '0 0 * * 1-7',
    '0 0 * * FRI-MON',
    '0 0 5-1 * *',
    '*/0 * * * *',
    '1.5 0 * * *',
    '1,,2 0 * * *',
    '0 0 * * sunday',
    '0 0 * FEBMAR *',
    '0 0 L * *',
    '0 0 15W * *',
    '0 0 * * 5#2',
    '0 0 * * +MON',
    '@daily',
    '@daily * * * *',
    'TZ=UTC 0 0 * *',
  ])('%j is no schedule for Kubernetes', (text) => {
    expect(isSchedule(text)).toBe(false);
  });

  test.each(['0 0 31 2 *', '0 0 30 FEB *', '0 0 31 4,6,9,11 *'])('%j never runs', (text) => {
    expect(isSchedule(text)).toBe(false);
  });

  test.each<[Schedule, number]>([
    ['* * * * *', 1],
    ['40 1 * * 0', 7],
    ['40 1 * * MON,THU', 4],
    ['0 0 1,15 * *', 17],
    ['0 0 1 * *', 31],
    ['0 0 31 * *', 61],
    ['0 0 1 1 *', 366],
    ['59 23 31 12 *', 366],
    ['0 0 29 2 *', 1461],
  ])('%j leaves at most %i days between two runs', (schedule, days) => {
    expect(longestGapDays(schedule)).toBe(days);
  });
});

describe('full backups that are rarer than what is kept', () => {
  const at = (full: Schedule, keepDays: number) =>
    problems({ ...staging, backups: { ...staging.backups, full, keepDays } });

  test('are refused, with both values', () => {
    expect(at('0 3 1 1 *', 14)).toEqual([
      'environments/staging.ts: backups.full is "0 3 1 1 *", which leaves 366 days between two full backups, expected at most the 14 of backups.keepDays',
    ]);
  });

  test('may be as rare as that', () => {
    expect(at('0 3 * * 0', 7)).toEqual([]);
    expect(at('0 3 * * 0', 6)).toHaveLength(1);
  });

  test('are reported together with a wrong number of days', () => {
    expect(at('0 3 * * 0', 0)).toEqual([
      expect.stringContaining('backups.keepDays is 0, expected a whole number'),
      expect.stringContaining('which leaves 7 days'),
    ]);
  });

  test('are not looked at when their schedule is none', () => {
    expect(problemsWith('backups.full', 'on Sundays')).toHaveLength(1);
  });
});
