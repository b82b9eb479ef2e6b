import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { remember } from '../../../../tools/local/kind.ts';
import { root } from '../../../../tools/terminal/programs.ts';
import { steps } from '../../../fixtures/fourth-environments/steps.ts';
import { checkoutWith, removeCheckout } from '../../../lib/checkout.ts';
import { attempt, eventually } from '../../../lib/kubectl.ts';
import { objectStore, patience } from '../../bring-up.ts';
import { isPage, kubectl, local, newEnvFile, page } from '../../cluster.ts';
import { removeNamespace } from '../../remove.ts';
import { commandsIn } from '../../second-site.ts';

/**
 * Another environment of each kind, a file and a line each, on the local cluster: every command that looks after an
 * environment takes its name.
 */
const fourth = [
  { name: 'sandbox', like: 'dev', namespace: 'coped-sandbox', port: 8002 },
  { name: 'training', like: 'staging', namespace: 'coped-training', port: 1339 },
  { name: 'archive', like: 'production', namespace: 'coped-archive', port: 1340 },
] as const;

let folder: string;
let commands: ReturnType<typeof commandsIn>;

beforeAll(async () => {
  await objectStore();
  folder = checkoutWith(steps);
  commands = commandsIn(folder);
  // The cluster takes only its own checkout, whose source dev's pods see.
  await remember(local, { checkout: join(folder, '/') });
  await commands.succeeds('synth');
  await commands.succeeds('down');
});

afterAll(async () => {
  await remember(local, { checkout: root });
  removeCheckout(folder);
  for (const { namespace } of fourth) await removeNamespace(namespace);
});

describe.each(fourth)('$name, which is like $like', ({ name, like, namespace, port }) => {
  const answers = async () => isPage(await page(`http://localhost:${port}`));

  test('comes up, is migrated, and answers', async () => {
    const said = await commands.succeeds('up', '--', name, ...(await credentials()), ...patience);
    expect(said.includes(`npm run migrate -- ${name}`)).toBe(like !== 'staging');
    if (like !== 'staging') await commands.succeeds('migrate', '--', name);
    await eventually('a page', 120, answers);
  });

  test('is well, and is compared with the cluster', async () => {
    const isWell = async () => {
      const { exitCode, output } = await commands.npm('doctor', '--', name);
      return exitCode === 0 && output;
    };
    console.log(await eventually('a doctor without a complaint', 120, isWell));
    expect(await commands.succeeds('survey', '--', name)).toContain('cluster: {');
    expect(await commands.succeeds('diff', '--', name, '--against', 'cluster')).toContain(
      `${name}: dist/${name}/ `,
    );
    expect(await commands.succeeds('grow', '--', name)).toMatch(/postgres: every volume /);
  });

  test('takes a dump, and makes its search index equal to it', async () => {
    const dump = join(folder, `${name}.dump`);
    const pod = `--context ${local.context} --namespace ${namespace} postgres-0 --container postgres`;
    const command = `kubectl exec ${pod} -- pg_dump --username postgres --format=custom coped > ${dump}`;
    expect(await attempt('bash', ['-c', command])).toMatchObject({ exitCode: 0, output: '' });
    expect(await commands.succeeds('load', '--', name, '--dump', dump, '--yes')).toContain('loaded ');
    await commands.succeeds('reindex', '--', name);
  });

  if (like !== 'dev') {
    test('is backed up, and restored', async () => {
      const said = await commands.succeeds('backup', '--', name, '--kind', 'full');
      const [label] = /\d{8}-\d{6}F/.exec(said) ?? ['no backup'];
      expect(await commands.succeeds('backups', '--', name)).toContain(label);
      await commands.succeeds('restore', '--', name, '--to', 'latest', '--discard-newer', '--yes');
      await eventually('a page', 120, answers);
    });
  }

  test('stops, and keeps its data', async () => {
    await commands.succeeds('down', '--', name);
    expect(await answers()).toBe(false);
    const claims = await kubectl(
      'get',
      'persistentvolumeclaims',
      '--namespace',
      namespace,
      '--output',
      'name',
    );
    expect(claims).toContain('persistentvolumeclaim/data-postgres-0');
  });

  /** The option for what a person provides: the same as in the environment that it is like. */
  async function credentials(): Promise<string[]> {
    if (like === 'dev') return [];
    const file = join(folder, `${name}.env`);
    await newEnvFile(like, file);
    return ['--env-file', file];
  }
});
