import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { localStore } from '../../../charts/object-store.ts';
import { environments, manifestsFolder } from '../../../environments/all.ts';
import { nameLabel, readManifests } from '../../../tools/cluster/manifests.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { deployed, healthy, runInMember, sql, type Target } from '../../drills/target.ts';
import { removeCheckout } from '../../lib/checkout.ts';
import { attempt, eventually, type Place } from '../../lib/kubectl.ts';
import { checkoutOfSecondApplication, keepUploadsIn } from '../../lib/second-application.ts';
import { application } from '../../second-application/application.ts';
import { patience, siteOf } from '../bring-up.ts';
import { openBrowser } from '../browser.ts';
import { type Bucket, makeBucket, type Visitor, visitorOf } from '../bucket.ts';
import { apply, exec, kubectl, local, npmSucceeds, page } from '../cluster.ts';
import { clusterWithFlower } from '../flower.ts';
import { runCronJobOnce } from '../jobs.ts';
import { commandsIn, secondSite } from '../second-site.ts';
import { connects } from '../stranger.ts';

/**
 * The second application in the place of the stand-in, in production: the gate of the migrations, a backup, a restore and
 * other credentials, by the commands of every application.
 */
const { namespace } = environments.production;
const site = siteOf('production');
const deployments = ['web', 'worker', 'scheduler'] as const;

let folder: string;
let envFile: string;
let browser: Browser;
let commands: ReturnType<typeof commandsIn>;
let visitors: ReturnType<typeof secondSite>;

beforeAll(async () => {
  await npmSucceeds('down', '--', '--delete-data', '--yes');
  folder = checkoutOfSecondApplication();
  envFile = join(folder, 'trial.env');
  commands = commandsIn(folder);
  await commands.succeeds('synth');
  await clusterWithFlower(folder);
  await commands.succeeds('secrets', '--', 'production', '--new', envFile);
  // Nobody issues them: this production writes no letter. `npm run secrets` takes it for one that does.
  write({ EMAIL_HOST_USER: 'stations', EMAIL_HOST_PASSWORD: randomBytes(16).toString('hex') });
  browser = await openBrowser();
  visitors = secondSite(site, browser);
});

afterAll(async () => {
  await browser?.close();
  await commands.npm('down', '--', '--delete-data', '--yes');
  removeCheckout(folder);
});

/** Gives credentials other values in the env file. */
function write(values: Readonly<Record<string, string>>): void {
  let text = readFileSync(envFile, 'utf8');
  for (const [name, value] of Object.entries(values)) {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`the env file has no ${name}`);
    text = text.replace(line, `${name}=${value}`);
  }
  writeFileSync(envFile, text);
}

const up = (...options: string[]) =>
  commands.succeeds('up', '--', 'production', '--env-file', envFile, ...options, ...patience);

async function rolledOut(...workloads: readonly string[]): Promise<void> {
  for (const workload of workloads)
    await kubectl('rollout', 'status', workload, '--namespace', namespace, '--timeout', '300s');
}

/** A worker takes what a visitor orders, and ends it. */
async function works(): Promise<number> {
  const number = await visitors.order('Sleep for 20 s');
  await visitors.becomes(number, /^done: /, 120);
  return number;
}

test('web, worker and scheduler wait for a person who migrates', async () => {
  const said = await up();
  expect(said).toContain('npm run migrate -- production');
  for (const name of deployments) expect(said).toContain(name);
  expect((await page(site)).status).toBe(503);
  await commands.succeeds('migrate', '--', 'production');
  await rolledOut(...deployments.map((name) => `deployment/${name}`));
  expect((await page(`${site}/harbour/`)).status).toBe(200);
  expect((await page(`${site}/tasks/`)).status).toBe(200);
  await works();
});

test('an object store that comes later takes a backup, from which an order comes back and not the next one', async () => {
  await commands.succeeds('object-store');
  write(localStore.keys);
  await up('--replace');
  const target: Target = await deployed(local, environments.production);
  const { pod } = await healthy(target, 300);
  await commands.succeeds('backup', '--', 'production');
  // The scheduler has measured meanwhile, so the rows are those of one WAL position in both databases, or not equal.
  const { exitCode, output } = await runCronJobOnce(target, 'postgres-restore-test', 'of-second');
  expect([exitCode, output]).toEqual([0, expect.stringContaining('as many as the backup counted')]);
  expect(output).toMatch(/ measurements\/public\.stations_measurement: [1-9]/);
  const kept = await works();
  const between = await sql(target, pod, `SELECT to_json(clock_timestamp()) #>> '{}'`);
  const lost = await works();
  await commands.succeeds('restore', '--', 'production', '--to', between, '--discard-newer', '--yes');
  await eventually('the site', 120, async () => (await page(site)).status === 200);
  expect(await visitors.find(kept)).toMatchObject({ outcome: expect.stringMatching(/^done: /) });
  expect(await visitors.find(lost)).toBeUndefined();
  await works();
});

test('a dump takes the place of the database beside the first, and the first stays as it is', async () => {
  const target: Target = await deployed(local, environments.production);
  const { pod } = await healthy(target, 300);
  const measurements = (...statements: string[]) => {
    const commands = statements.map((statement) => `--command=${statement}`);
    const options = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1'];
    return runInMember(target, pod, 'psql', ...options, '--dbname=measurements', ...commands);
  };
  const dump = join(folder, 'measurements.dump');
  const where = `--context ${local.context} --namespace ${namespace} ${pod} --container postgres`;
  const command = `kubectl exec ${where} -- pg_dump --format=custom measurements > ${dump}`;
  expect(await attempt('bash', ['-c', command])).toMatchObject({ exitCode: 0 });
  const dumped = Number(await measurements('SELECT max(id) FROM stations_measurement'));
  await measurements('CREATE TABLE newer (id int)');
  const kept = await works();
  const load = ['load', '--', 'production', '--database', 'measurements', '--dump', dump, '--yes'];
  expect(await commands.succeeds(...load)).toMatch(
    /in every database: npm run restore .*\nloaded \d+ tables .*\nmigrations \(0 pending\)/s,
  );
  expect(await measurements(`SELECT to_regclass('newer') IS NULL`)).toBe('t');
  const rights = 'SELECT tableowner FROM pg_tables WHERE tablename = $$stations_measurement$$';
  expect(await measurements(rights)).toBe('coped_owner');
  const seen = 'SET ROLE coped; SELECT max(id) FROM stations_measurement';
  expect(Number(await measurements(seen))).toBeGreaterThanOrEqual(dumped);
  expect(await visitors.find(kept)).toMatchObject({ outcome: expect.stringMatching(/^done: /) });
  await eventually('a new measurement', 120, async () => Number(await measurements(seen)) > dumped);
});

test('a picture that one pod took is shown by every pod of nginx, and a larger one is refused', async () => {
  const buffer = readFileSync(join(root, 'docs/images/search.png'));
  expect(await visitors.upload('harbour', { name: 'harbour.png', buffer })).toMatchObject({
    text: expect.stringContaining('the picture was taken'),
  });
  const { path, width } = await visitors.picture('harbour');
  expect(width).toBeGreaterThan(0);
  // Each visit may come to another pod of nginx.
  for (let visit = 0; visit < 10; visit++) expect((await page(`${site}${path}`)).status).toBe(200);
  const large = Buffer.alloc(application.largestRequestMebibytes * 2 ** 20);
  expect(await visitors.upload('harbour', { name: 'large.png', buffer: large })).toMatchObject({
    status: 413,
  });
});

test('a page that is slow and has large headers is answered, after a request with many cookies', async () => {
  const cookie = `a=${'b'.repeat(40_000 - 2)}`;
  const answer = await fetch(`${site}/limits/?seconds=70&headers=12288`, { headers: { cookie } });
  expect([answer.status, await answer.text()]).toEqual([200, '40000']);
});

test('one that is slower than the application says is not called absent', async () => {
  const answer = await fetch(`${site}/limits/?seconds=90&headers=0`);
  expect([answer.status, await answer.text()]).toEqual([504, expect.stringContaining('This took too long')]);
});

test('other passwords take the place of those that are in use', async () => {
  const other = () => randomBytes(32).toString('hex');
  write({ SQL_PASSWORD: other(), REDIS_PASSWORD: other(), SECRET_KEY: other() });
  await commands.succeeds('secrets', '--', 'production', '--env-file', envFile, '--replace', '--yes');
  // As docs/production.md says it.
  const restarted = ['statefulset/redis', ...[...deployments, 'flower'].map((name) => `deployment/${name}`)];
  await kubectl('rollout', 'restart', '--namespace', namespace, ...restarted);
  await rolledOut(...restarted);
  await eventually('the site', 180, async () => (await page(site)).status === 200);
  await works();
  const { exitCode, output } = await commands.npm('doctor', '--', 'production');
  expect([exitCode, output]).toEqual([0, expect.not.stringContaining('✖')]);
});

describe('uploads in a bucket', () => {
  const web: Place = { namespace, of: 'deployment/web', container: 'web' };
  const worker: Place = { namespace, of: 'deployment/worker', container: 'worker' };
  const file = join(root, 'docs/images/search.png');
  let bucket: Bucket;
  let visitor: Visitor;
  let picture: URL;

  // The local cluster keeps uploads on a volume, so production comes as `npm run synth` writes it for another one.
  beforeAll(async () => {
    bucket = await makeBucket('stations-uploads');
    keepUploadsIn(folder, bucket.store);
    for (const [name, value] of Object.entries(bucket.keys)) appendFileSync(envFile, `${name}=${value}\n`);
    await commands.succeeds('synth');
    await commands.succeeds('secrets', '--', 'production', '--env-file', envFile, '--yes');
    await applySite();
    visitor = await visitorOf(environments.production.address.host, namespace, bucket.store);
  });

  afterAll(() => visitor?.close());

  /** Applies what runs the application and what leads visitors to it, with the images that run here. */
  async function applySite(): Promise<void> {
    const names: readonly string[] = ['nginx', ...deployments];
    const kinds = ['NetworkPolicy', 'ConfigMap', 'Service', 'Deployment'];
    const all = readManifests(join(folder, manifestsFolder('production')));
    const concerned = all.filter(
      ({ kind, metadata }) => kinds.includes(kind) && names.includes(metadata.labels?.[nameLabel] ?? ''),
    );
    let text = JSON.stringify(concerned);
    for (const image of ['web', 'nginx'] as const) {
      const running = ['--output', 'jsonpath={.spec.template.spec.containers[0].image}'];
      const found = await kubectl('get', `deployment/${image}`, '--namespace', namespace, ...running);
      text = text.replaceAll(environments.production.images[image], found);
    }
    await apply(...JSON.parse(text));
    await rolledOut(...names.map((name) => `deployment/${name}`));
    // kubectl may choose a pod that ends.
    const ending = ['--output', 'jsonpath={.items[*].metadata.deletionTimestamp}'];
    await eventually('the end of the pods from before', 180, async () => {
      return (await kubectl('get', 'pods', '--namespace', namespace, ...ending)) === '';
    });
  }

  /** What a program prints that has the keys and the certificate authority of a pod, in a client of S3. */
  async function says(place: Place, program: string): Promise<string> {
    const storage = 'from django.core.files.storage import default_storage as storage';
    const begin = `import django; django.setup(); ${storage}; s3 = storage.connection.meta.client`;
    return (await exec(place, 'python', '-c', `${begin}; ${program}`)).output;
  }

  const objects = (of: string) => says(web, `print(*s3.list_objects_v2(Bucket="${of}")["Contents"])`);

  test('a visitor sees a picture, which comes from the bucket by a signed address, and the worker has it', async () => {
    const pages = secondSite(`https://${environments.production.address.host}`, visitor.browser);
    expect(await pages.upload('harbour', { name: 'harbour.png', buffer: readFileSync(file) })).toMatchObject({
      text: expect.stringContaining('the picture was taken'),
    });
    const { path, width } = await pages.picture('harbour');
    expect(width).toBeGreaterThan(0);
    picture = new URL(path);
    const { host, port } = bucket.store;
    expect(picture.host).toBe(`${host}:${port}`);
    const [, name, key] = /^\/([^/]+)\/(stations\/harbour\w*\.png)$/.exec(picture.pathname) ?? [];
    expect(name).toBe(bucket.store.bucket);
    expect(await objects(bucket.store.bucket)).toContain(`'${key}'`);
    expect(await says(worker, `print(storage.size("${key}"))`)).toBe(`${statSync(file).size}`);
  });

  test('without the keys the store gives nothing to anybody who reaches it', async () => {
    const stranger = await visitor.browser.newPage();
    expect((await stranger.goto(`${picture.origin}${picture.pathname}`))?.status()).toBe(403);
    expect((await stranger.goto(picture.href))?.status()).toBe(200);
  });

  test('of its neighbours, only what runs the application reaches it', async () => {
    const inStore = ['--namespace', localStore.namespace, '--output', 'jsonpath={.spec.clusterIP}'];
    const address = await kubectl('get', `service/${localStore.service}`, ...inStore);
    const reached: string[] = [];
    for (const name of [...deployments, 'nginx', 'flower']) {
      const place = { namespace, of: `deployment/${name}`, container: name };
      if (await connects(place, address, bucket.store.port)) reached.push(name);
    }
    expect(reached).toEqual(deployments);
  });

  test('its keys are its own: they open no bucket but this one, and no pod of the application has others', async () => {
    expect(await objects(localStore.bucket)).toContain('AccessDenied');
    const { output } = await exec(web, 'env');
    for (const [name, value] of Object.entries(bucket.keys)) expect(output).toContain(`${name}=${value}`);
    for (const value of Object.values(localStore.keys)) expect(output.split(/[=\n]/)).not.toContain(value);
  });
});
