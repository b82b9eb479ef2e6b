import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { mediaPath } from '../../../charts/lib/media.ts';
import { environments } from '../../../environments/all.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { removeCheckout } from '../../lib/checkout.ts';
import { attemptIn, eventually, type Place } from '../../lib/kubectl.ts';
import { checkoutOfSecondApplication } from '../../lib/second-application.ts';
import { application } from '../../second-application/application.ts';
import { siteOf } from '../bring-up.ts';
import { openBrowser, screenshots } from '../browser.ts';
import { exec, kubectl, local, npmSucceeds, page } from '../cluster.ts';
import { clusterWithFlower } from '../flower.ts';
import { commandsIn, secondSite } from '../second-site.ts';
import { connects, removeStranger, startStranger, strangersPort } from '../stranger.ts';

/**
 * The second application in the place of the stand-in, in dev and on an empty database. Only its code in docker/web and
 * environments/application.ts differ from the checkout. The cluster is made anew, because it shows the source of the
 * checkout that made it.
 */
const { namespace } = environments.dev;
const site = siteOf('dev');
const inNamespace = ['--namespace', namespace] as const;
const worker: Place = { namespace, of: 'deployment/worker', container: 'worker' };
const web: Place = { namespace, of: 'deployment/web', container: 'web' };

let folder: string;
let browser: Browser;
let commands: ReturnType<typeof commandsIn>;
let visitors: ReturnType<typeof secondSite>;

beforeAll(async () => {
  await npmSucceeds('down', '--', '--delete-data', '--yes');
  folder = checkoutOfSecondApplication();
  commands = commandsIn(folder);
  await clusterWithFlower(folder);
  await commands.succeeds('up', '--', '--timeout', '900');
  browser = await openBrowser();
  visitors = secondSite(site, browser);
});

afterAll(async () => {
  await browser?.close();
  await commands.npm('down', '--', '--delete-data', '--yes');
  removeCheckout(folder);
});

test('it keeps to its contract', async () => {
  expect(await commands.succeeds('check-application')).toMatch(/the URLconf makes one, and it may/);
});

test('pages are served that a URLconf makes which reads a table when it is imported', async () => {
  expect((await page(`${site}/harbour/`)).status).toBe(200);
  expect((await page(`${site}/nowhere/`)).status).toBe(404);
});

test('the worker does what a visitor orders, and what the scheduler orders', async () => {
  const number = await visitors.order('Sleep for 20 s');
  expect(await visitors.becomes(number, /^done: slept on worker-/, 90)).toMatchObject({ begun: 1 });
  await eventually('measurements', 60, async () =>
    /id="measurements">[1-9]\d* measurements/.test((await page(site)).body),
  );
  const visitor = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  await visitor.goto(site);
  await visitor.screenshot({ path: join(screenshots, 'second-application.png') });
  await visitor.close();
});

test('another program shows the tasks under its path, and static files come from the development server', async () => {
  const visitor = await browser.newPage();
  try {
    await visitor.goto(site);
    await visitor.getByRole('link', { name: 'All tasks, in Flower' }).click();
    await visitor.getByRole('link', { name: 'Tasks', exact: true }).click();
    expect(visitor.url()).toBe(`${site}/tasks/tasks`);
    const task = visitor.getByText('stations.tasks.measure').first();
    await eventually('a task in Flower', 120, async () => {
      await visitor.reload({ waitUntil: 'networkidle' });
      return task.isVisible();
    });
    await visitor.screenshot({ path: join(screenshots, 'other-program.png') });
  } finally {
    await visitor.close();
  }
  expect(await page(`${site}/static/stations/site.css`)).toMatchObject({
    status: 200,
    headers: { server: expect.stringContaining('nginx') },
  });
  // Nobody may change tasks there without a login.
  expect((await page(`${site}/tasks/api/workers`)).status).toBe(401);
});

test('a letter that a visitor orders is caught, and read in a page of the site', async () => {
  const number = await visitors.order('Write a letter', 'visitor@example.org');
  await visitors.becomes(number, /^done: written to visitor@example\.org$/, 90);
  const reader = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  try {
    await reader.goto(`${site}/mail/`);
    await reader.getByText('The stations').first().click();
    await reader.getByText('from Stations <stations@example.org>').waitFor();
    await reader
      .getByText(/harbour: \d+ measurements/)
      .last()
      .waitFor();
    await reader.screenshot({ path: join(screenshots, 'mail-catcher.png') });
  } finally {
    await reader.close();
  }
});

test('while the other program is absent, its path says so, and the site serves', async () => {
  const scale = (replicas: number) =>
    kubectl('scale', 'deployment/flower', ...inNamespace, '--replicas', `${replicas}`);
  await scale(0);
  await eventually('the page that says so', 60, async () => (await page(`${site}/tasks/`)).status === 503);
  expect((await page(site)).status).toBe(200);
  await scale(1);
  await eventually('Flower', 120, async () => (await page(`${site}/tasks/`)).status === 200);
});

test('a task that fails is seen by the doctor, until somebody has corrected the cause', async () => {
  const number = await visitors.order('Fetch a forecast');
  await visitors.becomes(number, /^failed: /, 90);
  const ill = await commands.npm('doctor', '--', 'dev');
  expect([ill.exitCode, ill.output]).toEqual([
    1,
    expect.stringMatching(new RegExp(`✖ tasks +1 failed, the newest is order ${number}: `)),
  ]);
});

test('a way out that is declared leads there, for who has declared it only', async () => {
  const address = await startStranger('dev');
  try {
    for (const place of [worker, web]) expect(await connects(place, address, strangersPort)).toBe(false);
    const forecasts = `http://${address}:${strangersPort}/`;
    const file = join(folder, 'environments/application.ts');
    const declared = readFileSync(file, 'utf8')
      .replace('https://forecast.example.org', forecasts)
      .replace('port: 443', `port: ${strangersPort}`)
      .replace("'internet'", `['${address}/32']`);
    writeFileSync(file, declared);
    await commands.succeeds('up', '--', '--timeout', '900');
    expect(await connects(worker, address, strangersPort)).toBe(true);
    expect(await connects(web, address, strangersPort)).toBe(false);
    await visitors.becomes(await visitors.order('Fetch a forecast'), /^done: /, 90);
  } finally {
    await removeStranger();
  }
});

test('a rollout lets a task that runs end', async () => {
  const number = await visitors.order('Sleep for 20 s');
  await visitors.begins(number);
  await kubectl('rollout', 'restart', 'deployment/worker', ...inNamespace);
  await kubectl('rollout', 'status', 'deployment/worker', ...inNamespace, '--timeout', '300s');
  expect(await visitors.becomes(number, /^done: /, 120)).toMatchObject({ begun: 1 });
});

test('a task whose worker is killed is done once more', async () => {
  const number = await visitors.order('Sleep for 20 s');
  await visitors.begins(number);
  const selector = ['--selector', 'app.kubernetes.io/name=worker'];
  await kubectl('delete', 'pods', ...selector, ...inNamespace, '--grace-period', '0', '--force');
  expect(await visitors.becomes(number, /^done: /, 240)).toMatchObject({ begun: 2 });
});

test('a task that waits survives the end of Redis', async () => {
  const scale = (replicas: number) =>
    kubectl('scale', 'deployment/worker', ...inNamespace, '--replicas', `${replicas}`);
  await scale(0);
  const gone = ['--for', 'delete', '--selector', 'app.kubernetes.io/name=worker', '--timeout', '120s'];
  await kubectl('wait', 'pods', ...gone, ...inNamespace);
  const number = await visitors.order('Sleep for 20 s');
  await kubectl('delete', 'pod', 'redis-0', ...inNamespace, '--grace-period', '0', '--force');
  await kubectl('rollout', 'status', 'statefulset/redis', ...inNamespace, '--timeout', '300s');
  await scale(1);
  expect(await visitors.becomes(number, /^done: /, 240)).toMatchObject({ begun: 1 });
});

describe('uploads', () => {
  const picture = readFileSync(join(root, 'docs/images/search.png'));

  test('a picture is shown to everybody, and the worker has it too', async () => {
    expect(await visitors.upload('harbour', { name: 'harbour.png', buffer: picture })).toMatchObject({
      text: expect.stringContaining('the picture was taken'),
    });
    const { path, width } = await visitors.picture('harbour');
    expect(path).toMatch(/^\/media\/stations\/harbour\w*\.png$/);
    expect(width).toBeGreaterThan(0);
    const size = await exec(worker, 'stat', '--format', '%s', path.replace('/media', mediaPath));
    expect(size.output.trim()).toBe(`${picture.length}`);
  });

  test('what is larger than the application says is refused, with a page that says so', async () => {
    const large = Buffer.concat([picture, Buffer.alloc(application.largestRequestMebibytes * 2 ** 20)]);
    expect(await visitors.upload('harbour', { name: 'large.png', buffer: large })).toMatchObject({
      status: 413,
      text: expect.stringContaining('This is too large'),
    });
  });

  test('nothing in an upload is run as a part of the site', async () => {
    const script = "<script>document.title = 'it ran'</script>";
    const files = {
      'a.html': script,
      'a.svg': `<svg xmlns="http://www.w3.org/2000/svg"><title>it waits</title>${script}</svg>`,
    };
    for (const [name, text] of Object.entries(files))
      await attemptIn(local, web, ['tee', `${mediaPath}/${name}`], text);
    expect(await visitors.opens('/media/a.html')).toEqual({ isDownloaded: true, title: '' });
    expect(await visitors.opens('/media/a.svg')).toEqual({ isDownloaded: false, title: 'it waits' });
  });

  test('nginx cannot change them', async () => {
    const nginx: Place = { namespace, of: 'deployment/nginx', container: 'nginx' };
    expect(await exec(nginx, 'touch', `${mediaPath}/a.txt`)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('Read-only file system'),
    });
  });

  test('they outlive what runs', async () => {
    const { path } = await visitors.picture('harbour');
    await commands.succeeds('down', '--', 'dev');
    await commands.succeeds('up', '--', '--timeout', '900');
    expect(await visitors.picture('harbour')).toMatchObject({ path, width: expect.any(Number) });
    expect((await page(`${site}${path}`)).status).toBe(200);
  });
});
