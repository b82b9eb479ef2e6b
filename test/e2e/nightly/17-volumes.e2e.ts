import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { grow } from '../../../tools/commands/grow.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { doctorFinds } from '../../drills/finding.ts';
import { deployed, healthy, sql, type Target } from '../../drills/target.ts';
import { attempt, eventually } from '../../lib/kubectl.ts';
import { bringUp, serves } from '../bring-up.ts';
import { kubectl, local, npm, page } from '../cluster.ts';

/** What volumes outlive, and how staging's become larger and come to another database. */
const { dev, staging } = environments;
const site = `http://localhost:${dev.address.port}`;
const rows = 20_000;
const countRows = 'SELECT count(*) FROM volumes_drill';
const gibibytes = staging.postgres.storageGibibytes;

let target: Target;

beforeAll(async () => {
  await bringUp('staging');
  await bringUp('dev');
  target = await deployed(local, staging);
  const { pod } = await healthy(target);
  await sql(
    target,
    pod,
    `SET ROLE coped_owner; CREATE TABLE volumes_drill AS SELECT n, repeat('x', 100) AS content FROM generate_series(1, ${rows}) n`,
  );
});

afterAll(async () => {
  const { pod } = await healthy(target);
  await sql(target, pod, 'DROP TABLE IF EXISTS volumes_drill');
});

const list = (namespace: string, kind: string, path: string) =>
  kubectl('get', kind, '--namespace', namespace, '--output', `jsonpath={.items[*].${path}}`);

test('`npm run down`, which deletes the StatefulSets, leaves volumes and passwords, from which `up` starts again', async () => {
  const kept = async () => ({
    claims: await list(dev.namespace, 'persistentvolumeclaims', 'metadata.uid'),
    secrets: await list(dev.namespace, 'secrets', 'metadata.uid'),
  });
  const before = await kept();
  const ofDev = await deployed(local, dev);
  const count = () => sql(ofDev, 'postgres-0', 'SELECT count(*) FROM django_migrations');
  const migrations = await count();
  expect(Number(migrations)).toBeGreaterThan(0);

  const down = await npm('down', '--', 'dev');
  expect([down.exitCode, down.output]).toEqual([0, expect.stringContaining('data-postgres-0')]);
  expect(await list(dev.namespace, 'pods,statefulsets,deployments', 'metadata.name')).toBe('');
  expect(await kept()).toEqual(before);
  expect((await page(site)).status).toBe(0);

  const up = await npm('up');
  expect([up.exitCode, up.output]).toEqual([0, expect.stringContaining('dev is up')]);
  console.log(`down after ${down.seconds.toFixed(0)} s, up again after ${up.seconds.toFixed(0)} s`);
  await serves('dev', 30);
  expect(await count()).toBe(migrations);
  expect(await kept()).toEqual(before);
});

test('`npm run grow` gives each member of Postgres a larger volume, and no row is lost', async () => {
  const larger = { ...staging, postgres: { ...staging.postgres, storageGibibytes: gibibytes + 1 } };
  const start = Date.now();
  await grow(target.cluster, larger as AnyEnvironment, { timeout: 300, yes: true });
  console.log(`${staging.postgres.members} members grown in ${((Date.now() - start) / 1000).toFixed(0)} s`);

  expect(await sizes()).toEqual(Array(staging.postgres.members).fill(`${gibibytes + 1}Gi`));
  const { pod } = await healthy(target);
  expect(await sql(target, pod, countRows)).toBe(`${rows}`);
  expect(await doctorFinds(target, 'Postgres members', 'good')).toMatch(/1 replicas are streaming/);
});

/** What each volume of Postgres asks for. */
async function sizes(): Promise<string[]> {
  const selector = ['--selector', 'app.kubernetes.io/name=postgres'];
  const path = '{.items[*].spec.resources.requests.storage}';
  const where = ['--namespace', staging.namespace];
  return (
    await kubectl('get', 'persistentvolumeclaims', ...where, ...selector, '--output', `jsonpath=${path}`)
  ).split(' ');
}

test('the commands of docs/volumes.md move everything into another database on new volumes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'volumes-'));
  const move = join(home, 'coped-move');
  try {
    const start = Date.now();
    // It has waits without a bound, and must not go on beside another test.
    const script = ['540', 'bash', '-euo', 'pipefail', '-c', dumpAndRestore()];
    const { exitCode, output } = await attempt('timeout', script, {
      env: { HOME: home, npm_config_cache: join(home, 'npm') },
    });
    expect([exitCode, output]).toEqual([0, expect.stringContaining('took ')]);
    console.log(`moved by dump and restore in ${((Date.now() - start) / 1000).toFixed(0)} s`);

    const { pod } = await healthy(target);
    expect(await sql(target, pod, countRows)).toBe(`${rows}`);
    expect(await sizes()).toEqual(Array(staging.postgres.members).fill(`${gibibytes}Gi`));
    const { status } = await page(`http://localhost:${staging.localAddress.port}`);
    expect(status).toBe(200);
    await eventually('an archive that works', 60, () => doctorFinds(target, 'Postgres archive', 'good'));
    for (const volume of oldVolumes(move)) {
      expect(await kubectl('get', volume, '--output', 'jsonpath={.status.phase}')).toBe('Released');
      await kubectl('delete', volume);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

/** The steps from 2 to 7 as one script, for the staging of this cluster. */
function dumpAndRestore(): string {
  const text = readFileSync(join(root, 'docs/volumes.md'), 'utf8');
  const [, section = ''] = /\n## Dump and restore\n(.*?)\n\*\*Back to the old database\*\*/s.exec(text) ?? [];
  const blocks = [...section.matchAll(/^ {3}```sh\n(.*?)^ {3}```$/gms)].map(([, block]) => block ?? '');
  expect(blocks).toHaveLength(6);
  return blocks
    .join('\n')
    .replaceAll('coped-production', staging.namespace)
    .replaceAll('dist/production/', '.local/staging/')
    .replaceAll('-- production', '-- staging');
}

/** The volumes that the script noted, as `persistentvolume/NAME`. */
function oldVolumes(move: string): string[] {
  const lines = readFileSync(join(move, 'old-volumes'), 'utf8').trim().split('\n').slice(1);
  expect(lines).toHaveLength(staging.postgres.members);
  return lines.map((line) => `persistentvolume/${line.split(/\s+/)[2]}`);
}
