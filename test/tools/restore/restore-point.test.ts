import { describe, expect, test } from '@jest/globals';
import type { Backup, Repository } from '../../../tools/postgres/repository.ts';
import { checkReach, parseTime } from '../../../tools/restore/restore-point.ts';

const now = new Date('2026-11-23T12:00:00Z');

describe('--to', () => {
  test.each([
    ['2026-11-23T11:00:00Z', '2026-11-23T11:00:00.000Z'],
    ['2026-11-23T12:00:00+01:00', '2026-11-23T11:00:00.000Z'],
    ['2026-11-23 11:00:00.25Z', '2026-11-23T11:00:00.250Z'],
    ['2026-11-23T11:00Z', '2026-11-23T11:00:00.000Z'],
  ])('takes %s', (to, moment) => expect(parseTime(to, now)?.toISOString()).toBe(moment));

  test('takes latest', () => expect(parseTime('latest', now)).toBeUndefined());

  test.each(['yesterday', '', '2026-11-23', '2026-11-23T11:00:00', '2026-13-45T99:00:00Z', '11:00'])(
    'refuses "%s" and shows what it takes',
    (to) =>
      expect(() => parseTime(to, now)).toThrow(
        `--to is "${to}", expected latest or a time with its zone, for example 2026-11-23T12:00:00Z`,
      ),
  );

  test('refuses what has not come yet', () =>
    expect(() => parseTime('2026-11-23T12:00:01Z', now)).toThrow('which has not come yet'));
});

describe('what the object store holds', () => {
  const backup = (label: string, stop: string): Backup => ({
    label,
    type: 'full',
    timestamp: { start: 0, stop: Date.parse(stop) / 1000 },
    info: { size: 0, repository: { delta: 0 } },
    annotation: undefined,
    error: undefined,
  });
  const repository: Repository = {
    backups: [backup('A', '2026-11-21T00:00:00Z'), backup('B', '2026-11-22T00:00:00Z')],
    newest: null,
    gap: null,
  };

  test('leads to every time after its oldest backup, and to none before', () => {
    expect(() => checkReach(repository, new Date('2026-11-21T00:00:01Z'), undefined)).not.toThrow();
    expect(() => checkReach(repository, new Date('2026-11-21T00:00:00Z'), undefined)).toThrow(
      'but the oldest backup leads to times after 2026-11-21T00:00:00.000Z only',
    );
  });

  test('leads to a time by a chosen backup only if that is older', () => {
    expect(() => checkReach(repository, new Date('2026-11-21T12:00:00Z'), 'A')).not.toThrow();
    expect(() => checkReach(repository, new Date('2026-11-21T12:00:00Z'), 'B')).toThrow(
      'but backup B leads to',
    );
  });

  test('may lack the backup that was chosen, or have none', () => {
    expect(() => checkReach(repository, undefined, 'C')).toThrow('there is no backup "C"; there are A, B');
    expect(() => checkReach({ backups: [], newest: null, gap: null }, undefined, undefined)).toThrow(
      'holds no backup',
    );
  });
});
