import { expect, test } from '@jest/globals';
import { reach, table } from '../../../tools/commands/backups.ts';
import type { Backup } from '../../../tools/postgres/repository.ts';

const seconds = (iso: string) => Date.parse(iso) / 1000;

const full: Backup = {
  label: '20261122-014000F',
  type: 'full',
  timestamp: { start: seconds('2026-11-22T01:40:00Z'), stop: seconds('2026-11-22T01:43:20Z') },
  info: { size: 3 * 2 ** 30, repository: { delta: 700 * 2 ** 20 } },
  annotation: { rows: '{}' },
  error: undefined,
};
const incremental: Backup = {
  label: '20261122-014000F_20261123-054000I',
  type: 'incr',
  timestamp: { start: seconds('2026-11-23T05:40:00Z'), stop: seconds('2026-11-23T05:40:09Z') },
  info: { size: 3 * 2 ** 30, repository: { delta: 2 ** 20 / 2 } },
  annotation: undefined,
  error: undefined,
};
const now = new Date('2026-11-23T06:40:09Z');
const backUp = 'npm run backup -- production';

test('the table says when, which kind, how old, how large, and whether a restore test can compare rows', () => {
  expect(table([full, incremental], now).split('\n')).toEqual([
    'label                              kind         finished              age     took   database  new in store  rows recorded',
    '20261122-014000F                   full         2026-11-22T01:43:20Z  29 h    3 min  3.00 GiB  700.0 MiB     yes',
    '20261122-014000F_20261123-054000I  incremental  2026-11-23T05:40:09Z  60 min  9 s    3.00 GiB  0.5 MiB       no',
  ]);
});

test('the table says which backup holds damaged pages', () => {
  const [, sound, damaged] = table([full, { ...incremental, error: true }], now).split('\n');
  expect(sound).toMatch(/yes$/);
  expect(damaged).toMatch(/no +damaged pages$/);
});

test('a restore reaches from the end of the oldest backup to the newest segment', () => {
  const newest = { segment: '0000000100000000000000B9', at: '2026-11-23T06:39:29+00:00' };
  expect(reach({ backups: [full, incremental], newest, gap: null }, now, backUp)).toBe(
    'can be restored: any time from 2026-11-22T01:43:20Z to 2026-11-23T06:39:29Z, 40 s ago (segment 0000000100000000000000B9)',
  );
});

test('a WAL gap cannot be restored', () => {
  const newest = { segment: '0000000100000000000000B9', at: '2026-11-23T06:39:29+00:00' };
  const after = { ...incremental, annotation: { gap: '2026-11-23T03:00:00Z' } };
  expect(reach({ backups: [full, after], newest, gap: null }, now, backUp)).toContain(
    '\nbut not from 2026-11-23T03:00:00Z to 2026-11-23T05:40:09Z',
  );
});

test('a restore reaches as far as the WAL since the newest backup is complete', () => {
  const newest = { segment: '0000000100000000000000B9', at: '2026-11-23T06:39:29+00:00' };
  const repository = { backups: [full, incremental], newest, gap: null };
  expect(reach({ ...repository, gap: '2026-11-23T06:00:09Z' }, now, backUp).split('\n')).toEqual([
    'can be restored: any time from 2026-11-22T01:43:20Z to 2026-11-23T06:00:09Z, 40 min ago',
    'but not after 2026-11-23T06:00:09Z: WAL is missing since; back up now with npm run backup -- production',
  ]);
  expect(reach(repository, now, backUp)).not.toContain('but not');
});

test('an empty object store is said plainly', () => {
  expect(table([], now)).toBe('the object store holds no backup');
  expect(reach({ backups: [], newest: null, gap: null }, now, backUp)).toBe('nothing can be restored');
});
