import { Cron } from 'croner';
import type { Schedule } from './environment.ts';

/**
 * Fixed, because synthesis reads no clock. These months contain each day of a year, and Februaries with 28 and 29 days.
 */
const firstDay = new Date('2003-01-01T00:00:00Z');
const lastDay = new Date('2004-03-01T00:00:00Z');
const dayMilliseconds = 24 * 3600 * 1000;

/**
 * Numbers, names, ranges, lists and steps: croner also takes `L`, `W`, `#`, `+` and `@daily`, which Kubernetes refuses.
 */
const field = /^(?:[\d*?,/-]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|MON|TUE|WED|THU|FRI|SAT|SUN)+$/i;

/** Sunday as 7, which croner accepts and Kubernetes refuses; a step of 7 is something else. */
const seventhDay = /(?<!\/)\b7\b/;

/**
 * Whether Kubernetes accepts the text as the schedule of a CronJob, and it ever runs: the 31st of February does not
 * exist.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function isSchedule(text: string): text is Schedule {
  const fields = text.split(' ');
  if (!fields.every((each) => field.test(each))) return false;
  if (seventhDay.test(fields[4] ?? '')) return false;
  try {
    return cron(text).nextRun(firstDay) !== null;
  } catch (error) {
    // croner says only that it cannot parse the text.
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

/** The largest number of days between two runs of a schedule. */
export function longestGapDays(schedule: Schedule): number {
  const [, , ...date] = schedule.split(' ');
  const daily = cron(`0 0 ${date.join(' ')}`);
  let longest = 0;
  let before = daily.nextRun(firstDay);
  while (before !== null && before < lastDay) {
    const next: Date | null = daily.nextRun(before);
    if (next === null) break;
    longest = Math.max(longest, (next.getTime() - before.getTime()) / dayMilliseconds);
    before = next;
  }
  return longest;
}

function cron(text: string): Cron {
  return new Cron(text, { mode: '5-part', timezone: 'Etc/UTC' });
}
