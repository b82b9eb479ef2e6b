import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { allMembers, deployed, healthy, type Member, sql } from '../drills/target.ts';
import { eventually } from '../lib/kubectl.ts';
import { bringUp, objectStore, patience } from './bring-up.ts';
import { exec, kubectl, local, newEnvFile, npm, page } from './cluster.ts';
import { removeEnvironment } from './remove.ts';
import { makeRoom } from './room.ts';

const { dev, staging } = environments;
const site = `http://localhost:${staging.localAddress.port}`;

const folder = mkdtempSync(join(tmpdir(), 'staging-'));
const envFile = join(folder, 'staging.env');

beforeAll(async () => {
  await objectStore();
  await makeRoom('staging');
  await removeEnvironment('staging');
  await newEnvFile('staging', envFile);
  const { exitCode, output } = await npm('up', '--', 'staging', '--env-file', envFile, ...patience);
  expect([exitCode, output]).toEqual([0, expect.stringContaining(`staging is up: ${site}`)]);
});

/** Whose credentials are tried as well. */
beforeAll(() => bringUp('dev'));

afterAll(() => rmSync(folder, { recursive: true }));

test('staging makes its credentials, but for those that a person provides, and migrates by itself', async () => {
  expect((await page(site)).status).toBeLessThan(400);
});

test('a request with 40 KB of cookies is answered', async () => {
  const cookie = `a=${'b'.repeat(40_000)}`;
  expect((await fetch(site, { headers: { cookie } })).status).toBeLessThan(400);
});

test('the JVM of Elasticsearch has the bounds of its files, and no others', async () => {
  const node = { namespace: staging.namespace, of: 'elasticsearch-0', container: 'elasticsearch' };
  const { output } = await exec(node, 'bash', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"');
  const options = output.split('\n');
  const last = (pattern: RegExp) => options.filter((option) => pattern.test(option)).at(-1);
  expect(last(/^-Xlog:gc/)).toMatch(/filecount=7,filesize=16m$/);
  expect(last(/HeapDumpOnOutOfMemoryError/)).toBe('-XX:-HeapDumpOnOutOfMemoryError');
});

test('credentials that exist are kept when everything is applied anew', async () => {
  const secrets = () =>
    kubectl('get', 'secrets', '--namespace', staging.namespace, '--output', 'jsonpath={.items[*].data}');
  const before = await secrets();
  const job = await kubectl(
    'get',
    'jobs',
    '--namespace',
    staging.namespace,
    '--selector',
    'app.kubernetes.io/name=create-credentials',
    '--output',
    'name',
  );
  await kubectl('delete', job, '--namespace', staging.namespace);
  const { exitCode, output } = await npm('up', '--', 'staging');
  expect([exitCode, output]).toEqual([0, expect.stringContaining('staging is up')]);
  const log = await kubectl('logs', job, '--namespace', staging.namespace);
  expect(log.split('\n').filter((line) => !line.startsWith('kept '))).toEqual([]);
  expect(await secrets()).toBe(before);
});

/** The status that Elasticsearch answers a user of its own environment with. */
async function statusOf(namespace: string, user: string): Promise<string> {
  const address = namespace === dev.namespace ? 'http://localhost:9200' : 'https://localhost:9200';
  const { output } = await exec(
    { namespace, of: 'elasticsearch-0', container: 'elasticsearch' },
    'curl',
    '--silent',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
    ...(address.startsWith('https') ? ['--cacert', 'config/tls/ca.crt'] : []),
    ...(user ? ['--user', user] : []),
    `${address}/coped-*/_count`,
  );
  return output;
}

async function password(namespace: string, secret: string): Promise<string> {
  const encoded = await kubectl(
    'get',
    'secret',
    secret,
    '--namespace',
    namespace,
    '--output',
    'jsonpath={.data.password}',
  );
  return Buffer.from(encoded, 'base64').toString();
}

test("Elasticsearch answers 401 without, with wrong, and with another environment's credentials", async () => {
  for (const { namespace } of [dev, staging]) {
    expect(await statusOf(namespace, '')).toBe('401');
    expect(await statusOf(namespace, 'coped:wrong-password')).toBe('401');
    expect(await statusOf(namespace, 'elastic:changeme')).toBe('401');
    expect(await statusOf(namespace, `coped:${await password(namespace, 'elasticsearch-app')}`)).toBe('200');
  }
  expect(
    await statusOf(dev.namespace, `coped:${await password(staging.namespace, 'elasticsearch-app')}`),
  ).toBe('401');
  expect(
    await statusOf(staging.namespace, `coped:${await password(dev.namespace, 'elasticsearch-app')}`),
  ).toBe('401');
});

/** What Postgres answers a user of its own environment to a query. */
async function answer(namespace: string, user: string, secret: string, query = 'SELECT 1'): Promise<string> {
  const program = `import psycopg, sys
user, password, query = sys.argv[1:]
try:
    with psycopg.connect(host="postgres", dbname="coped", user=user, password=password, connect_timeout=5) as connection:
        print(connection.execute(query).fetchone()[0])
except psycopg.Error as error:
    print(error)`;
  const inWeb = { namespace, of: 'deployment/web', container: 'web' };
  return (await exec(inWeb, 'python', '-c', program, user, secret, query)).output.trim();
}

test("Postgres refuses a wrong password, another environment's, and its superuser over the network", async () => {
  const own = await password(staging.namespace, 'postgres-app');
  const other = await password(dev.namespace, 'postgres-app');
  expect(await answer(staging.namespace, 'coped', own)).toBe('1');
  expect(await answer(staging.namespace, 'coped', 'wrong')).toContain('password authentication failed');
  expect(await answer(staging.namespace, 'coped', other)).toContain('password authentication failed');
  expect(await answer(staging.namespace, 'postgres', own)).toContain('pg_hba.conf rejects connection');
});

test('a changed setting is used by every member of the running cluster, also one that needs a restart of Postgres', async () => {
  const target = await deployed(local, staging);
  const configMap = ['configmap', 'postgres', '--namespace', staging.namespace];
  const before = await kubectl('get', ...configMap, '--output', 'jsonpath={.data.cluster\\.yml}');
  const used = async () => {
    const show = "SELECT current_setting('max_connections'), current_setting('statement_timeout')";
    // One that restarts answers with an error.
    const ask = ({ pod }: Member) => sql(target, pod, show).catch((error: Error) => error.message);
    return Promise.all((await allMembers(target)).map(ask));
  };
  /** As an apply of another commit changes it; the kubelet looks at it when a pod changes. */
  const set = async (text: string) => {
    await kubectl('patch', ...configMap, '--patch', JSON.stringify({ data: { 'cluster.yml': text } }));
    const pods = ['pods', '--selector', 'app.kubernetes.io/name=postgres', '--namespace', staging.namespace];
    await kubectl('annotate', ...pods, `coped/settings-changed=${Date.now()}`, '--overwrite');
  };
  const original = await used();
  expect(original).toEqual(Array(staging.postgres.members).fill('100|0'));
  try {
    await set(before.replace('max_connections: 100', 'max_connections: 90\n    statement_timeout: 77s'));
    await eventually('the changed settings', 180, async () =>
      (await used()).every((each) => each === '90|77s'),
    );
  } finally {
    await set(before);
  }
  await eventually('the settings from before', 180, async () => `${await used()}` === `${original}`);
  await healthy(target);
});

test('the reader reads every table and changes none; its new password works soon, without a restart', async () => {
  const ask = (secret: string, query: string) => answer(staging.namespace, 'coped_reader', secret, query);
  const count = 'SELECT count(*) FROM django_migrations';
  const old = await password(staging.namespace, 'postgres-reader');
  expect(await ask(old, count)).toMatch(/^\d+$/);
  expect(await ask(old, 'DELETE FROM django_migrations')).toContain('read-only transaction');
  for (const change of ['DELETE FROM django_migrations', 'CREATE TABLE public.mine (id int)'])
    expect(await ask(old, `SET TRANSACTION READ WRITE; ${change}`)).toContain('permission denied');

  const pods = ['pods', '--namespace', staging.namespace, '--selector', 'app.kubernetes.io/name=postgres'];
  const restarts = () => kubectl('get', ...pods, '--output', 'jsonpath={.items[*].status.startTime}');
  const before = await restarts();
  const data = { password: Buffer.from(`${old}-new`).toString('base64') };
  const secret = ['secret', 'postgres-reader', '--namespace', staging.namespace];
  await kubectl('patch', ...secret, '--patch', JSON.stringify({ data }));
  await eventually('the new password', 150, async () => /^\d+$/.test(await ask(`${old}-new`, count)));
  expect(await ask(old, count)).toContain('password authentication failed');
  expect(await restarts()).toBe(before);
});
