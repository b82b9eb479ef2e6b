import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { environments } from '../../../../environments/all.ts';
import { credentials, credentialsOf } from '../../../../environments/credentials.ts';
import { readRepository } from '../../../../tools/postgres/repository.ts';
import { root } from '../../../../tools/terminal/programs.ts';
import { deployed, healthy, sql, type Target } from '../../../drills/target.ts';
import { attempt, eventually } from '../../../lib/kubectl.ts';
import { exec, kubectl, local, npm, npmSucceeds, page } from '../../cluster.ts';
import { restoreCommand, restoreTo } from '../../restore.ts';
import { bringUpWithProjects, resultCount } from '../projects.ts';

/** The ways back from the backups of production, each of which ends with the pages of the site. */
const { namespace, localAddress } = environments.production;
const site = `http://localhost:${localAddress.port}`;
const kept = `hawthorn${Date.now().toString(36)}`;
const lost = `blackbird${Date.now().toString(36)}`;
const late = `cormorant${Date.now().toString(36)}`;
const deleted = `dunlin${Date.now().toString(36)}`;

let target: Target;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'restore-'));
  await bringUpWithProjects('production');
  target = await deployed(local, environments.production);
  await healthy(target);
  await npmSucceeds('backup', '--', 'production', '--kind', 'full');
});

afterAll(() => rmSync(home, { recursive: true }));

const django = (code: string) => manage('shell', '--verbosity', '0', '--command', code);
const manage = (...command: string[]) =>
  exec({ namespace, of: 'deployment/web', container: 'web' }, 'python', 'manage.py', ...command);

async function addProject(title: string): Promise<void> {
  const fields = `title="${title}", slug="${title}", summary="", organisation="", funder="", start="2026-01-01", end="2026-12-31"`;
  const code = `from projects.models import Project; Project.objects.create(${fields})`;
  const { exitCode, output } = await django(code);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
}

/** Two that are there. */
async function addTopics(slug: string): Promise<void> {
  const code = `from projects.models import Project, Topic; Project.objects.get(slug="${slug}").topics.set(Topic.objects.all()[:2])`;
  const { exitCode, output } = await django(code);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
}

async function deleteProject(slug: string): Promise<void> {
  const code = `from projects.models import Project; print(Project.objects.get(slug="${slug}").delete()[0])`;
  const { output } = await django(code);
  // With its place in each of two topics.
  expect(output).toBe('3');
}

/** How many of its projects the site finds, when its index is what the restored database has. */
async function found(): Promise<Record<string, number>> {
  const { exitCode, output } = await npm('reindex', '--', 'production');
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  const count = async (word: string) => resultCount((await page(`${site}/?q=${word}`)).body);
  return {
    kept: await count(kept),
    lost: await count(lost),
    late: await count(late),
    deleted: await count(deleted),
  };
}

/** Runs the commands of docs/backups.md that copy only some rows, here those of one project, in this folder. */
async function copy(direction: 'out' | 'in'): Promise<void> {
  const text = readFileSync(join(root, 'docs/backups.md'), 'utf8');
  const [, commands = ''] = /\n## Only some rows\n.*?```sh\n(.*?)```/s.exec(text) ?? [];
  const word = { out: 'TO STDOUT', in: 'FROM STDIN' }[direction];
  const lines = commands.split('\n').filter((line) => line.includes(word));
  expect(lines).toHaveLength(2);
  const script = lines
    .join('\n')
    .replaceAll('…', `slug = '${deleted}'`)
    .replaceAll('coped-production', namespace);
  const { exitCode, output } = await attempt('bash', ['-euc', script], { env: { HOME: home } });
  expect([exitCode, output]).toEqual([
    0,
    direction === 'in' ? expect.stringMatching(/COPY 1.*COPY 2/s) : expect.anything(),
  ]);
}

async function databaseTime(): Promise<string> {
  const code =
    'from django.db import connection; c = connection.cursor(); c.execute("select to_json(clock_timestamp())#>>\'{}\'"); print(c.fetchone()[0])';
  return (await django(code)).output.trim();
}

let between: string;
let wayBack: string;

test('a commit is in the object store within a minute', async () => {
  await addProject(kept);
  await addProject(deleted);
  await addTopics(deleted);
  between = await databaseTime();
  const segment = await primarySql('SELECT pg_walfile_name(pg_current_wal_insert_lsn())');
  await eventually(`segment ${segment} in the object store`, 60, async () => {
    const { newest } = await readRepository(target.cluster, namespace);
    return newest !== null && newest.segment >= segment;
  });
});

test('a restore to a time that the database is past is refused, unless that is meant', async () => {
  await addProject(lost);
  await deleteProject(deleted);
  const { exitCode, output } = await npm('restore', '--', 'production', '--to', between, '--yes');
  expect([exitCode, output]).toEqual([1, expect.stringContaining('newer than the restore point')]);
});

test('a restore to a second leaves what was there before, and nothing from after', async () => {
  const [output] = await Promise.all([restoreTo(target, between), addWhileItCopies(late)]);
  wayBack = /back to where it was: .* --to (\S+)/.exec(output)?.[1] ?? '';
  expect(wayBack).not.toBe('');
  expect(await found()).toEqual({ kept: 1, lost: 0, late: 0, deleted: 1 });
  expect(await claims()).toContain('before-restore-');
  await copy('out');
});

test('the way back, which it prints, ends with all that was there, also when it is cut off while it stops Postgres', async () => {
  await cutOff(restoreCommand(wayBack), 'stopping Postgres');
  expect(await restoreTo(target, wayBack)).not.toContain('restoring into');
  expect(await found()).toEqual({ kept: 1, lost: 1, late: 1, deleted: 0 });
});

test('rows of then are put into the database of now', async () => {
  await copy('in');
  expect(await found()).toEqual({ kept: 1, lost: 1, late: 1, deleted: 1 });
});

test('a lost cluster is restored into an empty namespace from what the object store holds', async () => {
  const envFile = join(home, 'production.env');
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
  await applyFiles('00-namespace.yaml');
  const secrets = await npm('secrets', '--', 'production', '--env-file', envFile, '--yes');
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
  await applyFiles(
    '10-network.yaml',
    '21-certificates.yaml',
    '35-postgres-backup.yaml',
    '37-postgres-restore.yaml',
  );
  const restored = await npm('restore', '--', 'production', '--to', 'latest', '--yes');
  expect([restored.exitCode, restored.output]).toEqual([0, expect.stringContaining('deploy it now')]);
  await applyFiles();
  await healthy(target, 300);
  const backup = await npm('backup', '--', 'production', '--kind', 'full');
  expect([backup.exitCode, backup.output]).toEqual([0, expect.anything()]);
  await kubectl('rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout', '300s');
  expect(await found()).toEqual({ kept: 1, lost: 1, late: 1, deleted: 1 });
});

/** Applies files of production as it runs on this cluster; all of them when none is named. */
async function applyFiles(...files: string[]): Promise<void> {
  const paths = files.length > 0 ? files.map((file) => `.local/production/${file}`) : ['.local/production/'];
  await kubectl('apply', ...paths.flatMap((path) => ['--filename', path]));
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
