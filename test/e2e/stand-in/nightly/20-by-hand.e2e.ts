import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../../../tools/terminal/programs.ts';
import { attempt } from '../../../lib/kubectl.ts';
import { siteOf } from '../../bring-up.ts';
import { npm } from '../../cluster.ts';
import { showsProjects } from '../projects.ts';

/** The commands of a section of docs/by-hand.md, but for `npm ci`, which would take away what this test runs with. */
function commandsOf(section: string): string {
  const text = readFileSync(join(root, 'docs/by-hand.md'), 'utf8');
  const [, body = ''] = new RegExp(`\\n## ${section}\\n(.*?)\\n## `, 's').exec(text) ?? [];
  const blocks = [...body.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(0);
  return blocks.join('').replace(/^npm ci$/m, '');
}

test('after the cluster is deleted it all comes back, by the commands of docs/by-hand.md', async () => {
  const down = await npm('down', '--', '--delete-data', '--yes');
  expect([down.exitCode, down.output]).toEqual([
    0,
    expect.stringMatching(/deleted the kind cluster|nothing to stop/),
  ]);

  const script = `${commandsOf('Start')}${commandsOf('Wait')}`;
  const { exitCode, output, seconds } = await attempt('bash', ['-euxo', 'pipefail', '-c', script]);
  expect([exitCode, output]).toEqual([0, expect.stringContaining('condition met')]);
  const site = siteOf('dev');
  await showsProjects(site, 30);
  console.log(`from no cluster to the site, by hand: ${seconds.toFixed(0)} s`);

  const up = await npm('up');
  expect([up.exitCode, up.output]).toEqual([0, expect.stringContaining('dev is up')]);
}, 1_200_000);
