import { beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { type Backup, readRepository } from '../../../tools/postgres/repository.ts';
import { doctorFinds } from '../../drills/finding.ts';
import {
  allMembers,
  damagePage,
  deployed,
  healthy,
  runInMember,
  sql,
  type Target,
} from '../../drills/target.ts';
import { bringUp } from '../bring-up.ts';
import { local, npm, npmSucceeds } from '../cluster.ts';
import { type Change, runCronJobOnce, withVariables } from '../jobs.ts';

/** Backups of production that are not well, and who says so. */
const { namespace } = environments.production;

let target: Target;

beforeAll(async () => {
  await bringUp('production');
  target = await deployed(local, environments.production);
  await healthy(target);
  await npmSucceeds('backup', '--', 'production', '--kind', 'full');
});

test('a restore test with another passphrase fails, and says so where Kubernetes shows it', async () => {
  const passphrase = { PGBACKREST_REPO1_CIPHER_PASS: 'not-the-passphrase-of-this-repository' };
  const { exitCode, message } = await restoreTest('with-wrong-passphrase', (pod) =>
    withVariables(pod, passphrase),
  );
  expect([exitCode, message]).toEqual([1, expect.stringContaining('BACKUP_PASSPHRASE is not the one')]);
});

test('a restore test that finds other rows than the backup counted fails, and says in which table', async () => {
  const { label, annotation } = await newestBackup();
  const counted = annotation?.rows ?? '{}';
  const table = 'public.django_migrations';
  const { [table]: count } = JSON.parse(counted);
  expect(count).toBeGreaterThan(0);
  const annotate = async (rows: string) => {
    const { pod } = await healthy(target);
    const change = ['annotate', `--set=${label}`, `--annotation=rows=${rows}`];
    await runInMember(target, pod, 'pgbackrest', '--stanza=coped', ...change);
  };
  await annotate(JSON.stringify({ ...JSON.parse(counted), [table]: count + 1 }));
  try {
    const { exitCode, message } = await restoreTest('of-other-rows');
    const reason = `${table} has ${count} rows instead of ${count + 1}`;
    expect([exitCode, message]).toEqual([1, expect.stringContaining(reason)]);
  } finally {
    await annotate(counted);
  }
});

test('a page that the disk has damaged: the backup, the doctor and the restore test say so', async () => {
  const { pod } = await healthy(target);
  // Nothing may write the page once more.
  const table = 'CREATE TABLE damaged WITH (autovacuum_enabled = false)';
  await sql(target, pod, `${table} AS SELECT n FROM generate_series(1, 10000) n`);
  try {
    const path = await sql(target, pod, "SELECT pg_relation_filepath('damaged')");
    await sql(target, pod, 'CHECKPOINT');
    for (const member of await allMembers(target)) {
      // A replica writes what it has replayed at a restart point.
      await sql(target, member.pod, 'CHECKPOINT');
      await damagePage(target, member.pod, path);
    }
    const backup = await npm('backup', '--', 'production');
    expect([backup.exitCode, backup.output]).toEqual([1, expect.stringContaining('damaged, in')]);
    expect(backup.output).toContain(path);
    expect(await doctorFinds(target, 'backups', 'bad')).toContain('holds damaged pages');
    const { exitCode, message } = await restoreTest('of-damaged-page');
    expect([exitCode, message]).toEqual([1, expect.stringMatching(/invalid page in block 3|checksum/)]);
  } finally {
    await sql(target, pod, 'DROP TABLE damaged');
  }
  const mended = await npm('backup', '--', 'production', '--kind', 'full');
  expect([mended.exitCode, mended.output]).toEqual([0, expect.stringContaining('took ')]);
  expect(await doctorFinds(target, 'backups', 'good')).toContain('old');
});

async function newestBackup(): Promise<Backup> {
  const newest = (await readRepository(target.cluster, namespace)).backups.at(-1);
  if (newest === undefined) throw new Error('the object store holds no backup');
  return newest;
}

const restoreTest = (suffix: string, change?: Change) =>
  runCronJobOnce(target, 'postgres-restore-test', suffix, change);
