import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { root } from '../../tools/terminal/programs.ts';
import { bringUp, serves } from './bring-up.ts';
import { kubectl, npm } from './cluster.ts';

const { namespace } = environments.dev;
const dockerfile = join(root, 'docker/credentials/Dockerfile');
const environment = join(root, 'environments/dev.ts');
const originals = [dockerfile, environment].map((file) => [file, readFileSync(file, 'utf8')] as const);

beforeAll(() => bringUp('dev'));

afterEach(async () => {
  for (const [file, text] of originals) writeFileSync(file, text);
  await npm('synth');
});

test('an image that does not build: its last lines are shown, and the cluster is left as it was', async () => {
  const before = await kubectl(
    'get',
    'deployments,statefulsets',
    '--namespace',
    namespace,
    '--output',
    'jsonpath={.items[*].metadata.generation}',
  );
  appendFileSync(dockerfile, '\nRUN echo "this step is meant to fail" && false\n');
  const { exitCode, output } = await npm('up');
  expect([exitCode, output]).toEqual([
    1,
    expect.stringMatching(/the image credentials could not be had.*this step is meant to fail/s),
  ]);
  expect(
    await kubectl(
      'get',
      'deployments,statefulsets',
      '--namespace',
      namespace,
      '--output',
      'jsonpath={.items[*].metadata.generation}',
    ),
  ).toBe(before);
});

test.each([
  {
    mistake: 'an image that is nowhere',
    from: 'images: devImages()',
    to: "images: { ...devImages(), web: 'coped-web:no-such-tag' }",
    reason: /(Deployment|Job)\/[\w-]+ in coped-dev will not get ready: .*(ErrImagePull|ImagePullBackOff)/,
  },
  {
    mistake: 'too little memory',
    from: 'web: { replicas: 1, cpuMillicores: 100, memoryMebibytes: 512 }',
    to: 'web: { replicas: 1, cpuMillicores: 100, memoryMebibytes: 12 }',
    reason: /Deployment\/web in coped-dev .*container .*its last events:/s,
  },
])(
  'a pod that never gets ready ($mistake): reason, events and log are shown in time, and mending it mends it',
  async ({ from, to, reason }) => {
    const text = readFileSync(environment, 'utf8');
    expect(text).toContain(from);
    writeFileSync(environment, text.replace(from, to));
    const { exitCode, output, seconds } = await npm('up', '--', '--timeout', '120');
    expect([exitCode, output]).toEqual([1, expect.stringMatching(reason)]);
    expect(seconds).toBeLessThan(150);

    writeFileSync(environment, text);
    const mended = await npm('up');
    expect([mended.exitCode, mended.output]).toEqual([0, expect.stringContaining('dev is up')]);
    await serves('dev', 60);
  },
);
