import { expect, test } from '@jest/globals';
import { bad, failed, found, member, warning } from '../../lib/doctor.ts';

test.each([
  {
    trouble: 'two leaders',
    members: [member('postgres-0', 'Leader', 'running'), member('postgres-1', 'Leader', 'running')],
    expected: bad('2 members are primary, expected 1', 'patronictl list'),
  },
  {
    trouble: 'no leader',
    members: [member('postgres-0', 'Replica', 'streaming', 0)],
    expected: bad('0 members are primary, expected 1', 'patronictl list'),
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
  {
    trouble: 'no synchronous replica',
    members: [
      member('postgres-1', 'Leader', 'running'),
      member('postgres-0', 'Replica', 'streaming', 0),
      member('postgres-2', 'Replica', 'streaming', 0),
    ],
    expected: warning('no replica is in sync', 'patronictl list'),
  },
])('Postgres: $trouble', async ({ members, expected }) => {
  expect(await found('Postgres members', { 'patronictl list': JSON.stringify(members) })).toEqual(expected);
});

test('Postgres: failover that is switched off', async () => {
  const answers = { 'patronictl show-config': 'loop_wait: 5\npause: true\nttl: 20\n' };
  expect(await found('Postgres members', answers)).toEqual(
    warning('Patroni is paused', 'exec postgres-1 --container postgres -- patronictl resume'),
  );
});

test('Postgres: another member is asked when the first does not answer', async () => {
  const answers = { 'exec --namespace coped-production postgres-0': await failed('no such container') };
  expect((await found('Postgres members', answers)).level).toBe('good');
});

test('Postgres: a member of which Patroni reports no state, as when its pod has just gone', async () => {
  const gone = { Member: 'postgres-2', Role: 'Replica' };
  const others = [
    member('postgres-0', 'Sync Standby', 'streaming', 0),
    member('postgres-1', 'Leader', 'running'),
  ];
  expect(await found('Postgres members', { 'patronictl list': JSON.stringify([...others, gone]) })).toEqual(
    bad('postgres-2 is unknown', 'patronictl list'),
  );
});

test('Postgres: an answer of Patroni that is not understood is said, with what came', async () => {
  const answers = { 'patronictl list': JSON.stringify([{ Member: 'postgres-0', State: 'running' }]) };
  expect(await found('Postgres members', answers)).toEqual(
    bad('patronictl list in postgres-0\\[0\\].Role is absent, expected a text', 'look at its log'),
  );
});

test('an archive that fails is said with the file, and how many wait', async () => {
  const psql = JSON.stringify({
    failing: true,
    last: null,
    seconds: null,
    failed: '00000003000000000000000A',
    waiting: 7,
  });
  expect(await found('Postgres archive', { psql })).toEqual(
    bad(
      '00000003000000000000000A cannot be archived, 7 files wait; the last success: never',
      'logs postgres-1',
    ),
  );
});

test('an archive that does not keep up is reported before what waits is dropped', async () => {
  const psql = (waiting: number) =>
    JSON.stringify({ failing: false, last: '2026-12-10T11:59:20Z', seconds: 40, failed: null, waiting });
  expect(await found('Postgres archive', { psql: psql(65) })).toEqual(
    bad(
      'archiving does not keep up, 65 files wait; the last success: 2026-12-10T11:59:20Z',
      'logs postgres-1',
    ),
  );
  expect((await found('Postgres archive', { psql: psql(64) })).detail).toBe('last file 40 s ago, 64 wait');
});
