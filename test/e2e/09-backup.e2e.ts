import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { deployed, healthy, sql, type Target } from '../drills/target.ts';
import { bringUp, serves } from './bring-up.ts';
import { local, npm } from './cluster.ts';
import { runCronJobOnce } from './jobs.ts';
import { restoreTo } from './restore.ts';

/** Backups of production, and the way back; what can go wrong with them is in nightly/. */

let target: Target;

beforeAll(async () => {
  await bringUp('production');
  target = await deployed(local, environments.production);
  // No policy admits anybody. The backup counts these rows, and the restore test must find as many.
  await onPrimary(
    'CREATE TABLE guarded AS SELECT generate_series(1, 3) AS id; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY',
  );
});

afterAll(async () => {
  if (target) await onPrimary('DROP TABLE guarded');
});

const onPrimary = async (statements: string) => sql(target, (await healthy(target)).pod, statements);

test('a backup is taken by command, and listed', async () => {
  const { exitCode, output } = await npm('backup', '--', 'production', '--kind', 'full');
  expect([exitCode, output]).toEqual([
    0,
    expect.stringMatching(/took \d{8}-\d{6}F in \d+ s: .* MiB of Postgres/),
  ]);
  const [label] = /\d{8}-\d{6}F/.exec(output) ?? [];
  const list = await npm('backups', '--', 'production');
  expect([list.exitCode, list.output]).toEqual([0, expect.stringContaining(`${label}`)]);
  expect(list.output).toContain('can be restored: any time from');
});

test('the restore test restores the newest backup, and finds the rows that it counted', async () => {
  const { exitCode, output, message } = await runCronJobOnce(target, 'postgres-restore-test', 'of-test');
  expect([exitCode, message, output]).toEqual([
    0,
    '',
    expect.stringContaining('as many as the backup counted'),
  ]);
  expect(output).toContain('public.guarded: 3');
});

test('a restore to a second leaves what was there before, and nothing from after', async () => {
  await onPrimary("DROP TABLE IF EXISTS seconds; CREATE TABLE seconds AS SELECT 'before' AS row");
  const between = await onPrimary("SELECT to_json(clock_timestamp()) #>> '{}'");
  await onPrimary("INSERT INTO seconds VALUES ('after')");
  await restoreTo(target, between);
  expect(await onPrimary('SELECT row FROM seconds')).toBe('before');
  await onPrimary('DROP TABLE seconds');
  await serves('production', 60);
});
