import { expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { kindCluster } from '../../tools/cluster/cluster.ts';
import { imageNamesOf } from '../../tools/local/environments.ts';
import { localImages } from '../../tools/local/images.ts';
import { eventually, kubectl, npm, page, resultCount, run } from './cluster.ts';

const { namespace, address } = environments.dev;

test('after the cluster is deleted it all comes back, by the commands of docs/by-hand.md', async () => {
  const down = await npm('down', '--', '--delete-data', '--yes');
  expect([down.exitCode, down.output]).toEqual([0, expect.stringContaining('deleted the kind cluster')]);

  const start = Date.now();
  await run('kind', 'create', 'cluster', '--config', 'kind.yaml', '--wait', '120s');
  for (const { reference, command } of localImages('dev', imageNamesOf('dev'))) {
    await run('docker', ...command);
    await run('kind', 'load', 'docker-image', '--name', kindCluster, reference);
  }
  await run('npx', 'cdk8s', 'synth', '--no-check-upgrade');
  await kubectl('apply', '--filename', 'dist/');
  await kubectl('rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout', '300s');
  await kubectl(
    'wait',
    '--for',
    'condition=Complete',
    'job',
    '--all',
    '--namespace',
    namespace,
    '--timeout',
    '300s',
  );
  const site = `http://localhost:${address.port}`;
  await eventually('the projects', 30, async () => resultCount((await page(site)).body) >= 300);
  console.log(`from no cluster to the site, by hand: ${((Date.now() - start) / 1000).toFixed(0)} s`);

  const up = await npm('up');
  expect([up.exitCode, up.output]).toEqual([0, expect.stringContaining('dev is up')]);
});
