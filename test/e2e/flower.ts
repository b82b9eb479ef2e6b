import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindCluster } from '../../tools/cluster/cluster.ts';
import { type Outcome, runIn } from '../lib/checkout.ts';

const folderOfImage = 'test/second-application/flower';
const node = `${kindCluster}-control-plane`;

/**
 * Makes the local cluster from a copy of the checkout of the second application. Its other program is an image that nodes
 * pull by a digest, so one is built here, put where the node finds it, and its digest is written into the copy.
 */
export async function clusterWithFlower(folder: string): Promise<void> {
  const file = join(folder, 'environments/application.ts');
  const text = readFileSync(file, 'utf8');
  const [, image = '', zeros = ''] = /'(\S+\/flower:\S+)@(sha256:0{64})'/.exec(text) ?? [];
  await run(folder, 'kind', 'create', 'cluster', '--config', 'kind.yaml', '--wait', '120s');
  await run(folder, 'docker', 'build', '--tag', image, folderOfImage);
  await run(folder, 'kind', 'load', 'docker-image', image, '--name', kindCluster);
  writeFileSync(file, text.replace(zeros, await digestOnNode(folder, image)));
}

/** A node of kind knows what is loaded by its tag. A cluster without Docker pulls from a registry that takes a push. */
async function digestOnNode(folder: string, image: string): Promise<string> {
  const containerd = ['exec', node, 'ctr', '--namespace', 'k8s.io', 'images'];
  const listed = await runIn(folder, 'docker', [...containerd, 'list', `name==${image}`]);
  if (listed.exitCode !== 0) return digestIn(await run(folder, 'docker', 'push', image));
  const digest = digestIn(listed);
  const [repository = ''] = image.split(/:[^:/]+$/);
  await run(folder, 'docker', ...containerd, 'tag', image, `${repository}@${digest}`);
  return digest;
}

function digestIn({ output }: Outcome): string {
  const [digest] = /sha256:[0-9a-f]{64}/.exec(output) ?? [];
  if (digest === undefined) throw new Error(`no digest in: ${output}`);
  return digest;
}

async function run(folder: string, program: string, ...arguments_: string[]): Promise<Outcome> {
  const outcome = await runIn(folder, program, arguments_);
  if (outcome.exitCode !== 0)
    throw new Error(`${program} ${arguments_.join(' ')} ended with ${outcome.exitCode}:\n${outcome.output}`);
  return outcome;
}
