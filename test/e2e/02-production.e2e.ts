import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { objectStore, patience } from './bring-up.ts';
import { exec, kubectl, newEnvFile, npm, page, primary, readyWebPods } from './cluster.ts';
import { removeEnvironment } from './remove.ts';
import { makeRoom } from './room.ts';
import { visit } from './streams.ts';

const { namespace, localAddress } = environments.production;
const site = `http://localhost:${localAddress.port}`;
const web = { namespace, of: 'deployment/web', container: 'web' };
const folder = mkdtempSync(join(tmpdir(), 'production-'));
const envFile = join(folder, 'production.env');

beforeAll(async () => {
  await objectStore();
  await makeRoom('production');
  await removeEnvironment('production');
  await newEnvFile('production', envFile);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('before the migrations', () => {
  test('`up` without credentials changes nothing and says where they come from', async () => {
    const { exitCode, output } = await npm('up', '--', 'production');
    expect([exitCode, output]).toEqual([1, expect.stringContaining('--env-file production.env')]);
    expect(await kubectl('get', 'namespaces', '--output', 'name')).not.toContain(namespace);
  });

  test('`up` brings production up to where the web pods wait, and names the command', async () => {
    const { exitCode, output } = await npm('up', '--', 'production', '--env-file', envFile, ...patience);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('npm run migrate -- production')]);
    expect(await readyWebPods(namespace)).toBe('');
  });

  test('a visitor reads that the site is starting', async () => {
    const answer = await page(site);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
  });

  test('nothing migrates by itself', async () => {
    expect(await kubectl('get', 'jobs', '--namespace', namespace, '--output', 'name')).not.toContain(
      'migrate',
    );
    const { output } = await exec(
      { namespace, of: await primary(namespace), container: 'postgres' },
      'psql',
      '--host',
      '/run/postgresql',
      '--username',
      'postgres',
      '--dbname',
      'coped',
      '--tuples-only',
      '--command',
      '\\dt',
    );
    expect(output).toContain('Did not find any');
  });
});

describe('after `npm run migrate -- production`', () => {
  beforeAll(async () => {
    const { exitCode, output } = await npm('migrate', '--', 'production');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('succeeded')]);
    expect(output).toContain('Applying ');
    await kubectl('rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout', '180s');
  });

  test('a page is served, through nginx and Gunicorn', async () => {
    expect((await page(site)).status).toBeLessThan(400);
    const { output } = await exec(web, 'cat', '/proc/1/cmdline');
    expect(output).toContain('gunicorn');
  });

  test('a second migration has nothing to do, and says so', async () => {
    const { exitCode, output } = await npm('migrate', '--', 'production');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('nothing to do')]);
  });

  test('a second `up` ends without waiting for migrations', async () => {
    const { exitCode, output } = await npm('up', '--', 'production', '--env-file', envFile);
    expect([exitCode, output]).toEqual([0, expect.stringContaining(`production is up: ${site}`)]);
  });

  test('DEBUG is off: a page that is not there tells nothing of the code', async () => {
    const { status, body } = await page(`${site}/no-such-page/`);
    expect(status).toBe(404);
    expect(body).not.toMatch(/URLconf|DEBUG|Traceback/);
    const { output } = await exec(
      web,
      'python',
      '-c',
      'import django; django.setup(); from django.conf import settings; print(settings.DEBUG)',
    );
    expect(output).toBe('False');
  });

  test('a Host that is not ours is refused', async () => {
    expect((await page(site, { host: 'evil.example.org' })).status).toBe(400);
  });

  test('health endpoints are not for visitors', async () => {
    expect((await page(`${site}/livez`)).status).toBe(404);
    expect((await page(`${site}/readyz`)).status).toBe(404);
  });

  test('the image holds no compiler, package installer, test or build dependency', async () => {
    const { output } = await exec(
      web,
      'sh',
      '-c',
      'for program in gcc cc c++ make pip pip3 pytest ruff git curl; do command -v $program; done; find / -xdev \\( -name "pytest*" -o -name "ruff*" -o -name "pip" -o -path "*/.cache/pip" -o -path "*/srv/coped/tests" -o -name "requirements*.txt" -o -path "/var/lib/apt/lists/*_Packages*" \\) -print 2>/dev/null; true',
    );
    expect(output).toBe('');
  });

  test('what secrets refuses to replace stays as it is, and the other environments take no env file', async () => {
    const other = join(folder, 'other.env');
    writeFileSync(
      other,
      readFileSync(envFile, 'utf8').replace(
        /^SQL_PASSWORD=.*$/m,
        `SQL_PASSWORD=${randomBytes(32).toString('hex')}`,
      ),
    );
    const before = await kubectl(
      'get',
      'secrets',
      '--namespace',
      namespace,
      '--output',
      'jsonpath={.items[*].data}',
    );
    const { exitCode, output } = await npm('secrets', '--', 'production', '--env-file', other);
    expect([exitCode, output]).toEqual([
      1,
      expect.stringMatching(/another value of SQL_PASSWORD.*--replace/s),
    ]);
    expect(
      await kubectl('get', 'secrets', '--namespace', namespace, '--output', 'jsonpath={.items[*].data}'),
    ).toBe(before);
    const same = await npm('secrets', '--', 'production', '--env-file', envFile);
    expect([same.exitCode, same.output]).toEqual([
      0,
      expect.stringContaining('unchanged Secret postgres-app'),
    ]);
    const dev = await npm('secrets', '--', 'dev', '--env-file', envFile);
    expect([dev.exitCode, dev.output]).toEqual([1, expect.stringContaining('takes no env file')]);
  });

  test('a rollout of web and nginx under visits: each is answered', async () => {
    const visits = visit(site);
    await kubectl('rollout', 'restart', 'deployment', '--namespace', namespace);
    for (const workload of ['deployment/web', 'deployment/nginx'])
      await kubectl('rollout', 'status', workload, '--namespace', namespace, '--timeout', '300s');
    const { answered, failures, slowestMilliseconds } = await visits.stop();
    console.log(`${answered} visits, the slowest ${slowestMilliseconds} ms`);
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(20);
  });
});
