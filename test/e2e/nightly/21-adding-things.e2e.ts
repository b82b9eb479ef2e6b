import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { kindCluster } from '../../../tools/cluster/cluster.ts';
import { remember } from '../../../tools/local/kind.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { steps } from '../../fixtures/redis-and-celery/steps.ts';
import { checkoutWith, type Edit, type Outcome, removeCheckout, runIn } from '../../lib/checkout.ts';
import { attempt, eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { exec, kubectl, local } from '../cluster.ts';

const { namespace } = environments.staging;
const fixture = 'test/fixtures/redis-and-celery';
const redisImage = 'docker.io/library/redis:8.0';

/** What the application itself needs for Celery: the packages, and a module with a task. */
const applicationSteps: readonly Edit[] = [
  {
    file: 'docker/web/Dockerfile',
    after: 'find /opt/venv -type d -name tests',
    add: 'RUN /usr/bin/python3 -m pip --python /opt/venv install --no-cache-dir celery==5.5.3 redis==5.2.1',
  },
  { file: 'docker/web/app/coped/celery.py', copyOf: `${fixture}/celery_app.py` },
];

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
  folder = checkoutWith([...steps.flat(), ...applicationSteps]);
  await succeeds('docker', 'build', '--tag', redisImage, `${fixture}/redis`);
  await succeeds('kind', 'load', 'docker-image', redisImage, '--name', kindCluster);
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
    ...['--selector', 'app.kubernetes.io/name in (redis,celery)', '--namespace', namespace],
  );
  removeCheckout(folder);
  await bringUp('staging');
});

test('a task that a web pod sends is done by a worker', async () => {
  const send = 'from coped.celery import add; print(add.delay(2, 3).get(timeout=60))';
  const web = { namespace, of: 'deployment/web', container: 'web' };
  const { exitCode, output } = await exec(web, 'python', '-c', send);
  expect([exitCode, output]).toEqual([0, '5']);
});

test('the doctor has a line for each, and says when Redis is gone', async () => {
  const well = await npm('doctor', '--', 'staging');
  expect(well.output).toMatch(/✔ redis/);
  expect(well.output).toMatch(/✔ celery/);
  const where = ['deployment/redis', '--namespace', namespace];
  await kubectl(
    'patch',
    ...where,
    '--patch',
    '{"spec":{"template":{"spec":{"nodeSelector":{"no":"such"}}}}}',
  );
  try {
    await eventually('a doctor who misses Redis', 60, async () => {
      const { exitCode, output } = await npm('doctor', '--', 'staging');
      return exitCode === 1 && /✖ redis/.test(output);
    });
  } finally {
    await kubectl('rollout', 'undo', ...where);
  }
  await kubectl('rollout', 'status', ...where, '--timeout', '120s');
});

test('what is declared connects, and every other pair is refused', async () => {
  const { exitCode, output } = await npm('e2e', '--', '05-network', '--testNamePattern=^staging');
  expect([exitCode, output]).toEqual([0, expect.stringMatching(/celery → redis:6379/)]);
  expect(output).toMatch(/web → redis:6379/);
});
