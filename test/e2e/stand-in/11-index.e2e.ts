import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { migrationJob } from '../../../charts/jobs-by-command.ts';
import { environments } from '../../../environments/all.ts';
import type { LocalEnvironment } from '../../../environments/environment.ts';
import { imageNamesOf, localEnvironment } from '../../../tools/local/environments.ts';
import { buildImage, localImages } from '../../../tools/local/images.ts';
import { loadImage } from '../../../tools/local/load-image.ts';
import { ownCluster } from '../../../tools/local/local-cluster.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { eventually } from '../../lib/kubectl.ts';
import { apply, exec, kubectl, local, npm, page, tryKubectl } from '../cluster.ts';
import type { Visits } from '../streams.ts';
import { bringUpWithProjects, resultCount, sampleProjects } from './projects.ts';
import { search, type Writes, write } from './streams.ts';

/** The search index under a stream of searches and one of new projects. */
const { namespace, localAddress } = environments.staging;
const site = `http://localhost:${localAddress.port}`;
const word = `ebbtide${Date.now().toString(36)}`;

let searches: Visits;
let writes: Writes;

beforeAll(async () => {
  await bringUpWithProjects('staging');
  const mended = await npm('reindex', '--', 'staging');
  expect([mended.exitCode, mended.output]).toEqual([0, expect.stringContaining('is what Postgres has')]);
  await start();
});

afterAll(async () => {
  await writes.stop();
  await searches.stop();
  await shell(`Project.objects.filter(slug__startswith="${word}").delete()`);
});

const manage = (...command: string[]) =>
  exec({ namespace, of: 'deployment/web', container: 'web' }, 'python', 'manage.py', ...command);

const shell = (code: string) =>
  manage('shell', '--verbosity', '0', '--command', `from projects.models import Project; ${code}`);

const found = async () => resultCount((await page(`${site}/?q=${word}`)).body);

async function start(): Promise<void> {
  const before = await eventually('the projects', 30, async () => {
    const count = resultCount((await page(site)).body);
    return count >= sampleProjects && count;
  });
  const foundBefore = await found();
  searches = search(site, before);
  writes = write(namespace, word);
  await eventually('the first written project', 30, async () => (await found()) > foundBefore);
}

/** Ends both streams: every search must have been answered, and every project that was saved must be found. */
async function nothingWasLost(writtenBefore = 0): Promise<number> {
  const written = writtenBefore + (await writes.stop()).length;
  const { answered, failures, slowestMilliseconds } = await searches.stop();
  console.log(`${answered} searches, the slowest ${slowestMilliseconds} ms; ${written} projects written`);
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(20);
  await eventually(`${written} written projects`, 10, async () => (await found()) >= written);
  const check = await manage('check_index');
  expect([check.exitCode, check.output]).toEqual([0, expect.stringContaining(await serving())]);
  return written;
}

async function serving(): Promise<string> {
  return (await shell('from projects import index; print(index.indices().serving)')).output;
}

let written = 0;

/** The part of an index's name that changes with the mapping. */
const mappingOf = (index: string) => /^coped-projects-([0-9a-f]{8})-/.exec(index)?.[1];

test('a changed mapping: its migration builds another index; every search is answered, and no write is lost', async () => {
  const before = await serving();
  const { name, manifest } = migrationJob(await withAnotherMapping());
  // Of an earlier run on this cluster.
  await kubectl('delete', 'job', name, '--namespace', namespace, '--ignore-not-found');
  await apply(manifest);
  await kubectl(
    'wait',
    '--for',
    'condition=Complete',
    `job/${name}`,
    '--namespace',
    namespace,
    '--timeout=240s',
  );
  const changed = await serving();
  expect(mappingOf(changed)).toMatch(/./);
  expect(mappingOf(changed)).not.toBe(mappingOf(before));

  // The version that is deployed takes the mapping back.
  const { exitCode, output } = await npm('reindex', '--', 'staging');
  expect([exitCode, output]).toEqual([0, expect.stringContaining(`${changed} is kept`)]);
  expect(mappingOf(await serving())).toBe(mappingOf(before));
  written = await nothingWasLost();
});

/** Staging as it would be with the next version of the site, whose mapping differs; its image is in the cluster. */
async function withAnotherMapping(): Promise<LocalEnvironment> {
  const file = join(root, 'docker/web/app/projects/index.py');
  const text = readFileSync(file, 'utf8');
  const next = text.replace('"funder": ENGLISH', '"funder": {"type": "text"}');
  expect(next).not.toBe(text);
  writeFileSync(file, next);
  try {
    const images = localImages('staging', imageNamesOf('staging'));
    const web = images.find(({ name }) => name === 'web');
    if (web === undefined) throw new Error('staging has no image web');
    await buildImage(web, 'docker', () => {});
    await loadImage(await ownCluster(), web, () => {});
    return localEnvironment(environments.staging, () => web.reference, undefined);
  } finally {
    writeFileSync(file, text);
  }
}

test('a rebuild that is killed half-way is begun again, and the index before serves until its end', async () => {
  await start();
  const before = await serving();
  const release = await holdTopics();
  const rebuild = npm('reindex', '--', 'staging', '--force');
  const pod = await eventually('a rebuild that has made its index', 45, async () => {
    const name = await kubectl(
      ...['get', 'pods', '--namespace', namespace, '--selector', 'app.kubernetes.io/name=migrate'],
      ...['--field-selector', 'status.phase=Running', '--output', 'name'],
    );
    const { output } = await tryKubectl(['logs', '--namespace', namespace, name]);
    return output.includes('building') && name;
  });
  const unfinished = 'from projects import index; print(len(index.indices().unfinished))';
  await eventually('its index', 30, async () => (await shell(unfinished)).output.trim() === '1');
  // Not by force: that returns while the process still runs, and the release would let it end its rebuild.
  await kubectl('delete', pod, '--namespace', namespace, '--grace-period', '1');
  expect(await serving()).toBe(before);
  await release();
  const { exitCode, output } = await rebuild;
  expect([exitCode, output]).toEqual([0, expect.stringContaining('which a rebuild did not finish')]);
  expect(await serving()).not.toBe(before);
  await nothingWasLost(written);
});

/** Locks a table that a rebuild reads and a search does not, so that the rebuild cannot end; returns the release. */
async function holdTopics(): Promise<() => Promise<void>> {
  const primary = await kubectl(
    ...['get', 'pods', '--namespace', namespace, '--selector', 'coped/role=primary', '--output', 'name'],
  );
  const session = execa(
    'kubectl',
    [
      ...['--context', local.context],
      ...['exec', '--stdin', '--namespace', namespace, primary, '--container', 'postgres', '--'],
      ...['psql', '--host', '/run/postgresql', '--username', 'postgres', '--dbname', 'coped'],
    ],
    { reject: false },
  );
  // Released by itself too, or a failing test would stop the site.
  session.stdin?.write("BEGIN; SET LOCAL idle_in_transaction_session_timeout = '60s';\n");
  session.stdin?.write('LOCK TABLE projects_project_topics;\n');
  await new Promise((resolve) => session.stdout?.once('data', resolve));
  return async () => {
    session.stdin?.end();
    await session;
  };
}

test('what differs from Postgres is found by doctor, and corrected by reindex', async () => {
  const line = async () => /^. search index .*$/m.exec((await npm('doctor', '--', 'staging')).output)?.[0];
  expect(await line()).toMatch(/^✔ search index .*as Postgres has them$/);
  // Sends no signal, so nobody writes it to the index.
  await shell('Project.objects.filter(pk__lte=3).update(organisation="Changed unnoticed")');
  const { exitCode, output } = await npm('doctor', '--', 'staging');
  expect([exitCode, output]).toEqual([
    1,
    expect.stringMatching(/✖ search index .* 3 stale .*\n.*npm run reindex/),
  ]);

  const mended = await npm('reindex', '--', 'staging');
  expect([mended.exitCode, mended.output]).toEqual([0, expect.stringContaining(': 3 stale')]);
  expect(await line()).toMatch(/^✔/);
});
