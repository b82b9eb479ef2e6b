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
