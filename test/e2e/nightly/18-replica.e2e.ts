import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { moreLog } from '../../drills/log.ts';
import { allMembers, deployed, healthy, runInMember, sql, type Target } from '../../drills/target.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { kubectl, local } from '../cluster.ts';

/** Staging's replica, while it is away for longer than the primary keeps WAL for it. */
const { staging } = environments;
const quota = ['quota', 'replica-away', '--namespace', staging.namespace];

let target: Target;
let primary: string;
let keptBefore: string | undefined;

beforeAll(async () => {
  await bringUp('staging');
  target = await deployed(local, staging);
  primary = (await healthy(target)).pod;
  keptBefore = await sql(target, primary, 'SHOW max_slot_wal_keep_size');
  await sql(target, primary, 'CREATE TABLE written_meanwhile (segment int)');
});

afterAll(async () => {
  await kubectl('delete', ...quota, '--ignore-not-found');
  if (keptBefore !== undefined) await keepLog(keptBefore);
  await sql(target, (await healthy(target)).pod, 'DROP TABLE IF EXISTS written_meanwhile');
});

/** How much WAL the primary keeps for a member that is away. */
async function keepLog(size: string): Promise<void> {
  const setting = `postgresql.parameters.max_slot_wal_keep_size=${size}`;
  await runInMember(target, primary, 'patronictl', 'edit-config', '--force', '--quiet', '--set', setting);
}

test('a replica that was away for too long to catch up copies the data anew, by itself', async () => {
  const replica = (await allMembers(target)).find(({ pod }) => pod !== primary)?.pod ?? '';
  const segments = 20;
  await keepLog('32MB');
  await kubectl('create', ...quota, '--hard', 'pods=0');
  await kubectl('delete', 'pod', replica, '--namespace', staging.namespace);
  for (let segment = 1; segment <= segments; segment += 1) {
    await sql(target, primary, `INSERT INTO written_meanwhile VALUES (${segment})`);
    await sql(target, primary, `${moreLog}; SELECT pg_switch_wal()`);
  }
  const slot = replica.replaceAll('-', '_');
  await eventually('the WAL that the replica needs is gone', 60, async () => {
    await sql(target, primary, 'CHECKPOINT');
    const query = `SELECT coalesce(max(wal_status), 'none') FROM pg_replication_slots WHERE slot_name = '${slot}'`;
    return ['lost', 'none'].includes(await sql(target, primary, query));
  });
  await kubectl('delete', ...quota);

  const start = Date.now();
  await healthy(target, 240);
  console.log(`${replica} streams again after ${((Date.now() - start) / 1000).toFixed(0)} s`);
  expect(await sql(target, replica, 'SELECT count(*) FROM written_meanwhile')).toBe(`${segments}`);
  const log = await kubectl('logs', '--namespace', staging.namespace, replica, '--container', 'postgres');
  expect(log).toContain(
    'the primary no longer has the WAL from which this member would go on: copying the data anew',
  );
});
