import { beforeAll, expect, test } from '@jest/globals';
import { hasNginx } from '../../charts/lib/routes.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import { environments } from '../../environments/all.ts';
import { attempt } from '../lib/kubectl.ts';
import { serves, up } from './bring-up.ts';
import { kubectl, npm, npmSucceeds, page } from './cluster.ts';
import { makeRoom } from './room.ts';

const { namespace } = environments.dev;
const site = `http://localhost:${environments.dev.address.port}`;

beforeAll(async () => {
  await makeRoom('dev');
  expect(await up('dev')).toContain(`dev is up: ${site}`);
});

test('the site shows a page, and says that it is well', async () => {
  expect((await page(site)).status).toBeLessThan(400);
  // nginx, which is there if another program shares the site, hides them.
  const status = hasNginx(environments.dev, workloadsOf(environments.dev)) ? 404 : 200;
  expect((await page(`${site}/livez`)).status).toBe(status);
  expect((await page(`${site}/readyz`)).status).toBe(status);
});

test('the application keeps to its contract', async () => {
  expect(await npmSucceeds('check-application')).toMatch(/^✔ settings /m);
});

test('a second `npm run up` ends within 20 s and changes nothing', async () => {
  const before = await kubectl('get', 'pods', '--namespace', namespace, '--output', 'name');
  const { exitCode, seconds, output } = await npm('up');
  expect([exitCode, output]).toEqual([0, expect.stringContaining('dev is up')]);
  console.log(`a second npm run up: ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(20);
  expect(await kubectl('get', 'pods', '--namespace', namespace, '--output', 'name')).toBe(before);
});

test('`kubectl apply -f dist/` brings dev up on a cluster without it, and applied again changes nothing', async () => {
  await kubectl('delete', '--filename', 'dist/', '--ignore-not-found', '--timeout', '180s');
  expect((await page(site)).status).toBe(0);
  await run('npx', 'cdk8s', 'synth', '--no-check-upgrade');
  await kubectl('apply', '--filename', 'dist/');
  await serves('dev', 300);

  const again = await kubectl('apply', '--filename', 'dist/');
  const changed = again.split('\n').filter((line) => !line.endsWith(' unchanged'));
  expect(changed).toEqual([]);
});

async function run(program: string, ...arguments_: string[]): Promise<void> {
  const { exitCode, output } = await attempt(program, arguments_);
  expect([program, exitCode, output]).toEqual([program, 0, output]);
}
