import { expect, test } from '@jest/globals';
import { bad, found, warning } from '../../lib/doctor.ts';

test('backups that are old, that never came, and that are not made', async () => {
  const old = { label: '20261208-115900F', timestamp: { stop: Date.parse('2026-12-08T12:00:00Z') / 1000 } };
  const stored = (...backups: object[]) => ({
    'describe-backups': JSON.stringify({ backups, newest: null }),
  });
  expect(await found('backups', stored(old))).toEqual(
    bad('the newest of 1, 20261208-115900F, is 2 days old', 'npm run backup -- production'),
  );
  expect(await found('backups', stored())).toEqual(
    bad('the object store holds none', 'npm run backup -- production'),
  );
  expect(await found('backups', { 'get cronjob postgres-backup-full': '' })).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
  );
});

test('rehearsals that are old, that never came, and that are not made', async () => {
  const answer = (text: string) => ({ 'get cronjob postgres-rehearsal': text });
  const at = (lastSuccessfulTime?: string) => answer(JSON.stringify({ status: { lastSuccessfulTime } }));
  expect(await found('restore rehearsal', at('2026-12-09T03:45:00Z'))).toEqual(
    bad(/^the last success is \d+ h old$/, 'create job --from=cronjob/postgres-rehearsal'),
  );
  expect(await found('restore rehearsal', at())).toEqual(
    warning('none has succeeded yet', 'create job --from=cronjob/postgres-rehearsal'),
  );
  expect(await found('restore rehearsal', answer(''))).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
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
  expect(await found('archived log', { 'get cronjob postgres-backup-full': '' })).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
  );
});

test('log that was given up is missing, though what came after it is archived', async () => {
  const newest = { segment: '000000030000000000000042', at: '2026-12-10T11:59:20Z' };
  const answers = (hole?: string | null) => ({
    psql: JSON.stringify({ segment: newest.segment }),
    'describe-backups': JSON.stringify({ backups: [], newest, hole }),
  });
  expect(await found('archived log', answers('2026-12-10T10:00:00Z'))).toEqual(
    bad('it is not complete after 2026-12-10T10:00:00Z', 'npm run backup -- production'),
  );
  expect((await found('archived log', answers(null))).level).toBe('good');
  expect((await found('archived log', answers())).level).toBe('good');
});
