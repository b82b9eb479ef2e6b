import { expect, test } from '@jest/globals';
import { bad, failed, found, member, warning } from '../../lib/doctor.ts';

test.each([
  {
    trouble: 'two leaders',
    members: [member('postgres-0', 'Leader', 'running'), member('postgres-1', 'Leader', 'running')],
    expected: bad('2 members lead, expected 1', 'patronictl list'),
  },
  {
    trouble: 'no leader',
    members: [member('postgres-0', 'Replica', 'streaming', 0)],
    expected: bad('0 members lead, expected 1', 'patronictl list'),
  },
  {
    trouble: 'a member that is away, one that does not stream, one that is behind',
    members: [member('postgres-1', 'Leader', 'running'), member('postgres-0', 'Replica', 'starting', 700)],
    expected: bad(
      '2 of 3 members are there; postgres-0 is starting; postgres-0 is 700 MB behind',
      'patronictl list',
    ),
  },
  {
    trouble: 'a setting that waits for a restart',
    members: [
      { ...member('postgres-1', 'Leader', 'running'), 'Pending restart': '*' },
      member('postgres-0', 'Sync Standby', 'streaming', 0),
      member('postgres-2', 'Sync Standby', 'streaming', 0),
    ],
    expected: warning('postgres-1 must restart before a changed setting holds', 'rollout restart'),
  },
])('Postgres: $trouble', async ({ members, expected }) => {
  expect(await found('Postgres members', { 'patronictl list': JSON.stringify(members) })).toEqual(expected);
});

test('Postgres: another member is asked when the first does not answer', async () => {
  const answers = { 'exec --namespace coped-production postgres-0': await failed('no such container') };
  expect((await found('Postgres members', answers)).level).toBe('good');
});

test('an archive that fails is said with the file, and how many wait', async () => {
  const psql = JSON.stringify({ failing: true, last: null, failed: '00000003000000000000000A', waiting: 7 });
  expect(await found('Postgres archive', { psql })).toEqual(
    bad(
      '00000003000000000000000A cannot be archived, 7 files wait; the last success: never',
      'logs postgres-1',
    ),
  );
});

test('a segment that Postgres gave up is one that the object store does not have', async () => {
  const psql = JSON.stringify({ segment: '000000030000000000000042' });
  const store = (segment: string) => {
    const newest = { segment, at: '2026-12-10T09:00:00Z' };
    return { psql, 'describe-backups': JSON.stringify({ backups: [], newest }) };
  };
  expect(await found('archived log', store('00000003000000000000000A'))).toEqual(
    bad(
      /^000000030000000000000042 was given up.* the newest that is there is 00000003000000000000000A$/,
      'npm run backup -- production',
    ),
  );
  expect((await found('archived log', store('000000030000000000000042'))).level).toBe('good');
});
