import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { exec, kubectl, newEnvFile, npm, page } from './cluster.ts';

const { staging, production } = environments;
const site = `http://localhost:${staging.localAddress.port}`;

const folder = mkdtempSync(join(tmpdir(), 'staging-'));
const envFile = join(folder, 'staging.env');

beforeAll(async () => {
  await newEnvFile('staging', envFile);
  const { exitCode, output } = await npm('up', '--', 'staging', '--env-file', envFile);
  expect([exitCode, output]).toEqual([0, expect.stringContaining(`staging is up: ${site}`)]);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('staging makes its credentials, but for the keys of the object store, and migrates by itself', async () => {
  const answer = await page(site);
  expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('id="no-results"')]);
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
  const address =
    namespace === environments.dev.namespace ? 'http://localhost:9200' : 'https://localhost:9200';
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
    `${address}/coped-projects/_count`,
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
  for (const { namespace } of [environments.dev, staging, production]) {
    expect(await statusOf(namespace, '')).toBe('401');
    expect(await statusOf(namespace, 'coped:wrong-password')).toBe('401');
    expect(await statusOf(namespace, 'elastic:changeme')).toBe('401');
    expect(await statusOf(namespace, `coped:${await password(namespace, 'elasticsearch-app')}`)).toBe('200');
  }
  expect(
    await statusOf(production.namespace, `coped:${await password(staging.namespace, 'elasticsearch-app')}`),
  ).toBe('401');
  expect(
    await statusOf(staging.namespace, `coped:${await password(production.namespace, 'elasticsearch-app')}`),
  ).toBe('401');
});

const connect = `import os, psycopg, sys
try:
    psycopg.connect(host="postgres", dbname="coped", user=sys.argv[1], password=sys.argv[2], connect_timeout=5).close()
    print("connected")
except psycopg.OperationalError as error:
    print(error)`;

test("Postgres refuses a wrong password, another environment's, and its superuser over the network", async () => {
  const as = async (user: string, secret: string) =>
    (
      await exec(
        { namespace: production.namespace, of: 'deployment/web', container: 'web' },
        'python',
        '-c',
        connect,
        user,
        secret,
      )
    ).output;
  expect(await as('coped', await password(production.namespace, 'postgres-app'))).toBe('connected');
  expect(await as('coped', 'wrong-password')).toContain('password authentication failed');
  expect(await as('coped', await password(staging.namespace, 'postgres-app'))).toContain(
    'password authentication failed',
  );
  expect(await as('postgres', await password(production.namespace, 'postgres-app'))).toContain(
    'pg_hba.conf rejects connection',
  );
});
