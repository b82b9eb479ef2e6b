import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { eventually } from '../../lib/kubectl.ts';
import { exec, kubectl, npm, page, readyWebPods } from '../cluster.ts';
import { bringUpWithProjects, hits, resultCount } from './projects.ts';

const { namespace, localAddress } = environments.production;
const site = `http://localhost:${localAddress.port}`;
const web = { namespace, of: 'deployment/web', container: 'web' };

beforeAll(() => bringUpWithProjects('production'));

test('the site finds projects', async () => {
  const found = await page(`${site}/?q=solar`);
  expect(found.status).toBe(200);
  expect(resultCount(found.body)).toBeGreaterThan(0);
  expect(hits(found.body).length).toBeGreaterThan(0);
});

test('static files come from nginx, to be kept for ever', async () => {
  const { body } = await page(site);
  const [path] = /\/static\/[^"]+\.[0-9a-f]{12}\.css/.exec(body) ?? [];
  const answer = await page(`${site}${path}`);
  expect(answer.status).toBe(200);
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(answer.headers['content-type']).toContain('text/css');
  expect(answer.headers.server).toContain('nginx');
  // Gunicorn does not have it: nginx serves the file itself.
  const { output } = await exec(
    web,
    'python',
    '-c',
    `import urllib.request, urllib.error
try: print(urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8000${path}", headers={"Host": "localhost"})).status)
except urllib.error.HTTPError as error: print(error.code)`,
  );
  expect(output).toBe('404');
  expect((await page(`${site}/static/staticfiles.json`)).status).toBe(404);
});

describe('a new version with a migration', () => {
  const migration = join(root, 'docker/web/app/projects/migrations/0999_test.py');

  afterAll(() => rmSync(migration, { force: true }));

  test('waits for it while the old version goes on serving, and takes over when it is run', async () => {
    const migrations = readdirSync(dirname(migration))
      .filter((file) => /^\d{4}_.*\.py$/.test(file))
      .sort();
    const last = migrations.at(-1)?.replace('.py', '');
    writeFileSync(
      migration,
      `from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n` +
        `    dependencies = [("projects", "${last}")]\n    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]\n`,
    );
    const old = await settledWebPods();
    const { exitCode, output } = await npm('up', '--', 'production');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('npm run migrate -- production')]);
    expect(await readyWebPods(namespace)).toBe(old);
    expect((await page(`${site}/?q=solar`)).status).toBe(200);

    const migrated = await npm('migrate', '--', 'production');
    expect([migrated.exitCode, migrated.output]).toEqual([
      0,
      expect.stringContaining('Applying projects.0999_test... OK'),
    ]);
    await kubectl('rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout', '180s');
    // A pod that ends is ready for some seconds more.
    await eventually('the old pods are gone', 60, async () => {
      const pods = await kubectl('get', 'pods', '--namespace', namespace, '--output', 'name');
      return !old.split(' ').some((pod) => pods.includes(pod));
    });
    expect((await readyWebPods(namespace)).split(' ').length).toBe(environments.production.web.replicas);
    expect((await page(`${site}/?q=solar`)).status).toBe(200);
  });

  test('a migration that fails says why, and the old version goes on serving', async () => {
    const text = readFileSync(migration, 'utf8');
    writeFileSync(
      migration.replace('0999_test', '1000_wrong'),
      text.replace(/"\d{4}_\w+"/, '"0999_test"').replace('"SELECT 1", "SELECT 1"', '"SELECT no_such_column"'),
    );
    try {
      expect((await npm('up', '--', 'production')).exitCode).toBe(0);
      const { exitCode, output } = await npm('migrate', '--', 'production');
      expect([exitCode, output]).toEqual([
        1,
        expect.stringMatching(/column "no_such_column" does not exist.*correct the cause/s),
      ]);
      expect((await page(`${site}/?q=solar`)).status).toBe(200);
    } finally {
      rmSync(migration.replace('0999_test', '1000_wrong'));
    }
    expect((await npm('up', '--', 'production')).output).toContain(`production is up: ${site}`);
  });
});

/** The same, once the pods of an earlier rollout are gone: a pod that ends is ready for some seconds more. */
async function settledWebPods(): Promise<string> {
  return eventually('as many web pods as there should be', 60, async () => {
    const pods = await readyWebPods(namespace);
    return pods.split(' ').length === environments.production.web.replicas && pods;
  });
}
