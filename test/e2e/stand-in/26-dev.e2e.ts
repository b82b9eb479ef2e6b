import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { eventually } from '../../lib/kubectl.ts';
import { exec, kubectl, type Page, page } from '../cluster.ts';
import { bringUpWithProjects, hits, resultCount, sampleProjects, showsProjects } from './projects.ts';

const { namespace } = environments.dev;
const site = `http://localhost:${environments.dev.address.port}`;
const web = { namespace, of: 'deployment/web' };

beforeAll(() => bringUpWithProjects('dev'));

test('lists every project, and finds those that match a query', async () => {
  const all = await page(site);
  const found = await page(`${site}/?q=heat+pump`);
  expect([all.status, found.status]).toEqual([200, 200]);
  expect(resultCount(all.body)).toBeGreaterThanOrEqual(sampleProjects);
  expect(resultCount(found.body)).toBeGreaterThan(0);
  expect(resultCount(found.body)).toBeLessThan(resultCount(all.body));
  expect(hits(found.body).length).toBeGreaterThan(0);
  expect(found.body).toMatch(/<mark>/);
});

describe('an edit is live', () => {
  const template = join(root, 'docker/web/app/projects/templates/projects/search.html');
  const view = join(root, 'docker/web/app/projects/views.py');
  const originals = [template, view].map((file) => [file, readFileSync(file, 'utf8')] as const);

  afterEach(async () => {
    for (const [file, text] of originals) {
      if (readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
    }
    await eventually('the site as it was', 20, async () =>
      (await page(site)).body.includes('Find energy data projects'),
    );
  });

  /** Changes a file and gives the seconds until the site shows it. */
  async function secondsUntil(
    file: string,
    change: (text: string) => string,
    shown: (answer: Page) => boolean,
  ): Promise<number> {
    const changed = change(readFileSync(file, 'utf8'));
    const start = Date.now();
    writeFileSync(file, changed);
    await eventually('the edit is seen', 20, async () => shown(await page(site)));
    return (Date.now() - start) / 1000;
  }

  test('of a template, within 2 s', async () => {
    const seconds = await secondsUntil(
      template,
      (text) => text.replace('Find energy data projects', 'Find edited projects'),
      ({ body }) => body.includes('Find edited projects'),
    );
    console.log(`template edit seen after ${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThan(2);
  });

  test('of a view, within 2 s', async () => {
    const edits = ['first', 'second', 'third'];
    const seconds: number[] = [];
    for (const [index, edit] of edits.entries()) {
      const before = index === 0 ? '""' : `"no-project-has-${edits[index - 1]}"`;
      const changed = await secondsUntil(
        view,
        (text) =>
          text.replace(`request.GET.get("q", ${before})`, `request.GET.get("q", "no-project-has-${edit}")`),
        ({ body }) => body.includes(`no-project-has-${edit}`),
      );
      seconds.push(changed);
    }
    console.log(`view edits seen after ${seconds.map((each) => each.toFixed(2)).join(', ')} s`);
    const [, median] = seconds.toSorted((a, b) => a - b);
    expect(median).toBeLessThan(2);
  });

  test("that breaks the syntax shows Django's error page, in the same pod, until it is mended", async () => {
    const restarts = () =>
      kubectl(
        'get',
        'pods',
        '--namespace',
        namespace,
        '--selector',
        'app.kubernetes.io/name=web',
        '--output',
        'jsonpath={.items[*].metadata.name} {.items[*].status.containerStatuses[*].restartCount}',
      );
    const before = await restarts();
    const broken = await secondsUntil(
      view,
      (text) => `${text}\ndef broken(:\n`,
      ({ status, body }) => status === 500 && body.includes('SyntaxError'),
    );
    const mended = await secondsUntil(
      view,
      (text) => text.replace('\ndef broken(:\n', ''),
      ({ status }) => status === 200,
    );
    console.log(
      `syntax error shown after ${broken.toFixed(2)} s, gone ${mended.toFixed(2)} s after it was mended`,
    );
    expect(await restarts()).toBe(before);
  });
});

test("the application's own tests and linter pass in the pod, and so do those of its servers", async () => {
  for (const command of [
    'cd /srv/coped && python -m pytest -q',
    'cd /srv/coped/app && python -m pytest -q',
    'cd /srv/coped/app && ruff check --no-cache',
    'cd /srv/coped/app && ruff format --check --no-cache',
  ]) {
    const { exitCode, output } = await exec(web, 'sh', '-c', command);
    expect([command, exitCode, output]).toEqual([command, 0, output]);
    console.log(output.trim().split('\n').at(-1));
  }
});

test('a page says so when search is down, and project pages still work', async () => {
  const [, link] = /<h3><a href="(\/projects\/[^"]+)/.exec((await page(site)).body) ?? [];
  await kubectl('scale', 'statefulset/elasticsearch', '--replicas', '0', '--namespace', namespace);
  try {
    const down = await eventually('the banner', 60, async () => {
      const answer = await page(site);
      return answer.body.includes('id="search-down"') && answer;
    });
    expect(down.status).toBe(200);
    expect((await page(`${site}${link}`)).status).toBe(200);
    expect((await page(`${site}/readyz`)).status).toBe(200);
  } finally {
    await kubectl('scale', 'statefulset/elasticsearch', '--replicas', '1', '--namespace', namespace);
  }
  await showsProjects(site, 180);
});
