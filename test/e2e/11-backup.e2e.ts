import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { environments } from '../../environments/all.ts';
import { credentials, credentialsOf } from '../../environments/credentials.ts';
import { type Backup, readRepository } from '../../tools/backups.ts';
import { root } from '../../tools/programs.ts';
import { doctorFinds } from '../drills/finding.ts';
import { waitingSegments } from '../drills/log.ts';
import {
  allMembers,
  damagePage,
  deployed,
  healthy,
  runInMember,
  sql,
  type Target,
} from '../drills/target.ts';
import { attempt, eventually, exec, kubectl, npm, page, resultCount } from './cluster.ts';
import { runJob, withVariables } from './jobs.ts';

/**
 * Backups of production and the ways back, each of which ends with the pages of the site. The local cluster needs an
 * object store: npm run object-store, before npm run up.
 */
const { namespace, localAddress } = environments.production;
const site = `http://localhost:${localAddress.port}`;
const kept = `hawthorn${Date.now().toString(36)}`;
const lost = `blackbird${Date.now().toString(36)}`;
const late = `cormorant${Date.now().toString(36)}`;

let target: Target;

beforeAll(async () => {
  target = await deployed(environments.production);
  await healthy(target);
});

const manage = (...command: string[]) =>
  exec({ namespace, of: 'deployment/web', container: 'web' }, 'python', 'manage.py', ...command);

async function addProject(title: string): Promise<void> {
  const fields = `title="${title}", slug="${title}", summary="", organisation="", funder="", start="2026-01-01", end="2026-12-31"`;
  const code = `from projects.models import Project; Project.objects.create(${fields})`;
  const { exitCode, output } = await manage('shell', '--verbosity', '0', '--command', code);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
}

/** How many of its projects the site finds, when its index is what the restored database has. */
async function found(): Promise<Record<string, number>> {
  const { exitCode, output } = await npm('reindex', '--', 'production');
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  const count = async (word: string) => resultCount((await page(`${site}/?q=${word}`)).body);
  return { kept: await count(kept), lost: await count(lost), late: await count(late) };
}

async function databaseTime(): Promise<string> {
  const code =
    'from django.db import connection; c = connection.cursor(); c.execute("select to_json(clock_timestamp())#>>\'{}\'"); print(c.fetchone()[0])';
  return (await manage('shell', '--verbosity', '0', '--command', code)).output.trim();
}

let between: string;
let wayBack: string;

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

test('a commit is in the object store within a minute', async () => {
  await addProject(kept);
  between = await databaseTime();
  const segment = await primarySql('SELECT pg_walfile_name(pg_current_wal_insert_lsn())');
  await eventually(`segment ${segment} in the object store`, 60, async () => {
    const { newest } = await readRepository(target.cluster, namespace);
    return newest !== null && newest.segment >= segment;
  });
});

test('a rehearsal restores the newest backup, and finds the rows that it counted', async () => {
  const { exitCode, output, message } = await rehearse('rehearsal-of-test');
  expect([exitCode, message, output]).toEqual([
    0,
    '',
    expect.stringContaining('as many as the backup counted'),
  ]);
});

test('a rehearsal with another passphrase fails, and says so where Kubernetes shows it', async () => {
  const passphrase = { PGBACKREST_REPO1_CIPHER_PASS: 'not-the-passphrase-of-this-repository' };
  const { exitCode, message } = await rehearse('rehearsal-with-wrong-passphrase', (pod) =>
    withVariables(pod, passphrase),
  );
  expect([exitCode, message]).toEqual([1, expect.stringContaining('BACKUP_PASSPHRASE is not the one')]);
});

test('a rehearsal that finds other rows than the backup counted fails, and says in which table', async () => {
  const { label, annotation } = await newestBackup();
  const counted = annotation?.rows ?? '{}';
  const table = 'public.projects_project';
  const { [table]: count } = JSON.parse(counted);
  expect(count).toBeGreaterThan(0);
  const annotate = async (rows: string) => {
    const { pod } = await healthy(target);
    const change = ['annotate', `--set=${label}`, `--annotation=rows=${rows}`];
    await runInMember(target, pod, 'pgbackrest', '--stanza=coped', ...change);
  };
  await annotate(JSON.stringify({ ...JSON.parse(counted), [table]: count + 1 }));
  try {
    const { exitCode, message } = await rehearse('rehearsal-of-other-rows');
    const reason = `${table} has ${count} rows instead of ${count + 1}`;
    expect([exitCode, message]).toEqual([1, expect.stringContaining(reason)]);
  } finally {
    await annotate(counted);
  }
});

test('a page that the disk has damaged: the backup, the doctor and the rehearsal say so', async () => {
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
    const { exitCode, message } = await rehearse('rehearsal-of-damaged-page');
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

test('a restore to a time that the database is past is refused, unless that is meant', async () => {
  await addProject(lost);
  const { exitCode, output } = await npm('restore', '--', 'production', '--to', between, '--yes');
  expect([exitCode, output]).toEqual([1, expect.stringContaining('newer than the restore point')]);
});

test('a restore to a second leaves what was there before, and nothing from after', async () => {
  const [output] = await Promise.all([restoreTo(between), addWhileItCopies(late)]);
  wayBack = /back to where it was: .* --to (\S+)/.exec(output)?.[1] ?? '';
  expect(wayBack).not.toBe('');
  expect(await found()).toEqual({ kept: 1, lost: 0, late: 0 });
  expect(await claims()).toContain('before-restore-');
});

test('the way back, which it prints, ends with all that was there, also when it is cut off while it stops Postgres', async () => {
  await cutOff(restoreCommand(wayBack), 'stopping Postgres');
  expect(await restoreTo(wayBack)).not.toContain('restoring into');
  expect(await found()).toEqual({ kept: 1, lost: 1, late: 1 });
});

test('a lost cluster is restored into an empty namespace from what the object store holds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const envFile = join(folder, 'production.env');
  writeFileSync(envFile, await keptElsewhere());
  const authority = await kubectl(
    'get',
    'configmap/object-store-ca',
    '--namespace',
    namespace,
    '--output',
    'json',
  );
  await kubectl('delete', 'namespace', namespace);

  // As docs/backups.md says it.
  await apply('00-namespace.yaml');
  const secrets = await npm('secrets', '--', 'production', '--env-file', envFile, '--yes');
  rmSync(folder, { recursive: true });
  expect([secrets.exitCode, secrets.output]).toEqual([0, expect.anything()]);
  const { data } = JSON.parse(authority);
  await kubectl(
    'create',
    'configmap',
    'object-store-ca',
    '--namespace',
    namespace,
    `--from-literal=ca.crt=${data['ca.crt']}`,
  );
  await apply('10-network.yaml', '21-certificates.yaml', '35-backup.yaml');
  const restored = await npm('restore', '--', 'production', '--to', 'latest', '--yes');
  expect([restored.exitCode, restored.output]).toEqual([0, expect.stringContaining('deploy it now')]);
  await apply('');
  await healthy(target, 300);
  const backup = await npm('backup', '--', 'production', '--kind', 'full');
  expect([backup.exitCode, backup.output]).toEqual([0, expect.anything()]);
  await kubectl('rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout', '300s');
  expect(await found()).toEqual({ kept: 1, lost: 1, late: 1 });
});

/** Applies files of production as it runs on this cluster; all of them when none is named. */
async function apply(...files: string[]): Promise<void> {
  for (const file of files) await kubectl('apply', '--filename', `.local/production/${file}`);
}

/** The env file with production's credentials, which the operator keeps outside the cluster. */
async function keptElsewhere(): Promise<string> {
  const lines = credentialsOf(environments.production).map(async (name) => {
    const { secret, key } = credentials[name];
    const path = `jsonpath={.data.${key}}`;
    const value = await kubectl('get', 'secret', secret, '--namespace', namespace, '--output', path);
    return `${name}=${Buffer.from(value, 'base64').toString()}\n`;
  });
  return (await Promise.all(lines)).join('');
}

/** The site goes on until the copy has passed its checks, and so do the people who use it. */
async function addWhileItCopies(title: string): Promise<void> {
  await eventually('the copy', 60, async () => (await claims()).includes('postgres-restore-'));
  await addProject(title);
  expect(await claims()).toContain('postgres-restore-');
}

/** Restores to a time, throws away what is newer, and waits until the restored cluster has archived all it has. */
async function restoreTo(time: string): Promise<string> {
  const { exitCode, output } = await attempt(process.execPath, restoreCommand(time));
  expect([exitCode, output]).toEqual([0, expect.stringContaining('back to where it was')]);
  await healthy(target);
  await eventually('the archive', 60, async () => (await primarySql(waitingSegments)) === '0');
  return output;
}

/** `npm run restore`, without npm: a signal must reach it. */
function restoreCommand(time: string): string[] {
  const options = ['--to', time, '--discard-newer', '--yes'];
  return ['--import', 'tsx', '--', 'tools/cli.ts', 'restore', 'production', ...options];
}

/** Kills a command of Node as soon as it has said something. */
async function cutOff(command: readonly string[], said: string): Promise<void> {
  const running = execa(process.execPath, command, { cwd: root, all: true, reject: false });
  running.all.on('data', (text: Buffer) => {
    if (text.includes(said)) running.kill('SIGKILL');
  });
  const { signal, all } = await running;
  expect([signal, all]).toEqual(['SIGKILL', expect.stringContaining(said)]);
}

const claims = () => kubectl('get', 'persistentvolumeclaims', '--namespace', namespace, '--output', 'name');

async function primarySql(query: string): Promise<string> {
  return sql(target, (await healthy(target)).pod, query);
}

const rehearse = (name: string, change?: Parameters<typeof runJob>[3]) =>
  runJob(namespace, 'postgres-rehearsal', name, change);
