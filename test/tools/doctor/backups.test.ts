import { expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { backup, bad, found, warning } from '../../lib/doctor.ts';

const stored = (...backups: object[]) => ({
  'describe-backups': JSON.stringify({ backups, newest: null, gap: null }),
});

test('backups that are old, that never came, and that are not made', async () => {
  const old = backup('20261208-115900F', '2026-12-08T12:00:00Z');
  expect(await found('backups', stored(old))).toEqual(
    bad('the newest of 1, 20261208-115900F, is 2 days old', 'npm run backup -- production --context test$'),
  );
  expect(await found('backups', stored())).toEqual(
    bad('the object store holds none', 'npm run backup -- production --context test$'),
  );
  expect(await found('backups', { 'get cronjob postgres-backup-full': '' })).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
  );
});

test('a newest backup that holds damaged pages', async () => {
  const sound = backup('20261210-014000F', '2026-12-10T02:00:00Z', { error: null });
  const damaged = backup('20261210-014000F_20261210-094000I', '2026-12-10T09:45:00Z', { error: true });
  expect(await found('backups', stored(sound, damaged))).toEqual(
    bad(
      'is 2 h old and holds damaged pages',
      '"Copy a member anew"; then npm run backup -- production --context test --kind full',
    ),
  );
  expect((await found('backups', stored(damaged, sound))).level).toBe('good');
});

test('backups whose rows no restore test can compare', async () => {
  const without = { annotation: undefined };
  const older = backup('20261208-014000F', '2026-12-08T02:00:00Z');
  const recent = backup('20261210-014000F', '2026-12-10T02:00:00Z');
  const newest = backup('20261210-014000F_20261210-094000I', '2026-12-10T09:45:00Z', without);
  expect(await found('backups', stored(recent, newest))).toEqual(
    warning('is 2 h old, without its rows', 'logs --selector app.kubernetes.io/name=postgres-backup'),
  );
  expect(await found('backups', stored(older, newest))).toEqual(
    bad(
      'none of the last day has its rows',
      /postgres-backup.*; then npm run backup -- production --context test$/,
    ),
  );
  const { staging } = environments;
  const single = { ...staging, postgres: { ...staging.postgres, members: 1 } };
  expect((await found('backups', stored(newest), single)).level).toBe('good');
});

test('a segment that was dropped is one that the object store does not have', async () => {
  const psql = JSON.stringify({ segment: '000000030000000000000042' });
  const store = (segment: string) => {
    const newest = { segment, at: '2026-12-10T09:00:00Z' };
    return { psql, 'describe-backups': JSON.stringify({ backups: [], newest, gap: null }) };
  };
  expect(await found('archived WAL', store('00000003000000000000000A'))).toEqual(
    bad(
      /^000000030000000000000042 was dropped.* the newest that is there is 00000003000000000000000A$/,
      'npm run backup -- production --context test$',
    ),
  );
  expect((await found('archived WAL', store('000000030000000000000042'))).level).toBe('good');
  expect(await found('archived WAL', { 'get cronjob postgres-backup-full': '' })).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
  );
});

test('WAL that was dropped is missing, although what came after it is archived', async () => {
  const newest = { segment: '000000030000000000000042', at: '2026-12-10T11:59:20Z' };
  const answers = (gap: string | null) => ({
    psql: JSON.stringify({ segment: newest.segment }),
    'describe-backups': JSON.stringify({ backups: [], newest, gap }),
  });
  expect(await found('archived WAL', answers('2026-12-10T10:00:00Z'))).toEqual(
    bad('it is not complete after 2026-12-10T10:00:00Z', 'npm run backup -- production --context test;'),
  );
  expect((await found('archived WAL', answers(null))).level).toBe('good');
});

test('no Job is made to ask the object store where no member of Postgres runs', async () => {
  expect(await found('backups', { 'get pods': JSON.stringify({ items: [] }) })).toEqual(
    bad('^could not be asked: no member of Postgres runs$', 'look again'),
  );
});
