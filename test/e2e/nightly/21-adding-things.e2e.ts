import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { kindCluster } from '../../../tools/cluster/cluster.ts';
import { remember } from '../../../tools/local/kind.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { steps } from '../../fixtures/cache/steps.ts';
import { checkoutWith, type Outcome, removeCheckout, runIn } from '../../lib/checkout.ts';
import { attempt, eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { exec, kubectl, local } from '../cluster.ts';

const { namespace } = environments.staging;
const image = 'docker.io/library/redis:8.0';

let folder: string;

/** `npm run …` in the copy of the checkout. */
const npm = (...arguments_: string[]): Promise<Outcome> =>
  runIn(folder, 'npm', ['run', '--silent', ...arguments_]);

async function succeeds(program: string, ...arguments_: string[]): Promise<void> {
  const { exitCode, output } = await attempt(program, arguments_);
  expect([program, exitCode, output]).toEqual([program, 0, output]);
}

beforeAll(async () => {
  await bringUp('staging');
  folder = checkoutWith(steps.flat());
  await succeeds('docker', 'build', '--tag', image, 'test/fixtures/cache/image');
  await succeeds('kind', 'load', 'docker-image', image, '--name', kindCluster);
  // The cluster takes only its own checkout, whose source dev's pods see.
  await remember(local, { checkout: join(folder, '/') });
  for (const command of [['synth'], ['up', '--', 'staging']]) {
    const { exitCode, output } = await npm(...command);
    if (exitCode !== 0) throw new Error(output);
  }
});

afterAll(async () => {
  await remember(local, { checkout: root });
  await kubectl(
    ...['delete', 'deployments,services,networkpolicies,serviceaccounts,poddisruptionbudgets'],
    ...['--selector', 'app.kubernetes.io/name=cache', '--namespace', namespace],
  );
  removeCheckout(folder);
  await bringUp('staging');
});

test('a web pod comes in by the address and the password that it is given', async () => {
  const ask = [
    'import os, pathlib, socket',
    "server = socket.create_connection((os.environ['CACHE_HOST'], int(os.environ['CACHE_PORT'])), timeout=10)",
    "password = pathlib.Path(os.environ['CACHE_PASSWORD_FILE']).read_text()",
    "server.sendall(f'AUTH {password}\\r\\nSET page 5\\r\\nGET page\\r\\nQUIT\\r\\n'.encode())",
    'print(server.makefile().read().split())',
  ];
  const web = { namespace, of: 'deployment/web', container: 'web' };
  const { exitCode, output } = await exec(web, 'python', '-c', ask.join('\n'));
  expect([exitCode, output]).toEqual([0, "['+OK', '+OK', '$1', '5', '+OK']"]);
});

test('the doctor has a line for it, and says when it is gone', async () => {
  const well = await npm('doctor', '--', 'staging');
  expect(well.output).toMatch(/✔ cache/);
  const where = ['deployment/cache', '--namespace', namespace];
  await kubectl(
    'patch',
    ...where,
    '--patch',
    '{"spec":{"template":{"spec":{"nodeSelector":{"no":"such"}}}}}',
  );
  try {
    await eventually('a doctor who misses the cache', 60, async () => {
      const { exitCode, output } = await npm('doctor', '--', 'staging');
      return exitCode === 1 && /✖ cache/.test(output);
    });
  } finally {
    await kubectl('rollout', 'undo', ...where);
  }
  await kubectl('rollout', 'status', ...where, '--timeout', '120s');
});

test('what is declared connects, and every other pair is refused', async () => {
  const { exitCode, output } = await npm('e2e', '--', '05-network', '--testNamePattern=^staging');
  expect([exitCode, output]).toEqual([0, expect.stringMatching(/web → cache:6379/)]);
});
