import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { root } from '../../tools/terminal/programs.ts';
import { checkoutWith, type Edit, type Outcome, removeCheckout, runIn } from '../lib/checkout.ts';
import type { Manifest } from '../lib/manifest-types.ts';

/** What docs/external-secrets.md says. */
const lines = `credentials: 'external',
   secretStore: { kind: 'ClusterSecretStore', name: 'vault', keys: { entry: 'coped/production' } },`;
const edit: Edit = { file: 'environments/production.ts', replace: "credentials: 'provided',", by: lines };

let folder: string;
beforeAll(async () => {
  folder = checkoutWith([edit]);
  const { exitCode, output } = await runIn(folder, 'cdk8s', ['synth', '--no-check-upgrade']);
  if (exitCode !== 0) throw new Error(output);
});
afterAll(() => removeCheckout(folder));

const secrets = (...arguments_: string[]): Promise<Outcome> =>
  runIn(folder, process.execPath, [
    '--import',
    'tsx',
    '--',
    'tools/cli.ts',
    'secrets',
    'production',
    ...arguments_,
  ]);

test('the page shows the two lines that change', () => {
  expect(readFileSync(join(root, 'docs/external-secrets.md'), 'utf8')).toContain(lines);
});

test('it compiles', async () => expect(await runIn(folder, 'tsc', [])).toEqual({ exitCode: 0, output: '' }));

test('dist/ has an ExternalSecret for each Secret, and the project of Argo CD allows them', () => {
  const all = (file: string) => loadAll(readFileSync(join(folder, 'dist', file), 'utf8')) as Manifest[];
  const kinds = all('production/20-external-secrets.yaml').map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(['ExternalSecret']));
  const [project] = all('argocd/00-project.yaml');
  expect(project?.spec).toMatchObject({
    namespaceResourceWhitelist: expect.arrayContaining([
      { group: 'external-secrets.io', kind: 'ExternalSecret' },
    ]),
  });
});

test('npm run secrets lists what the store must have', async () => {
  const { exitCode, output } = await secrets();
  expect([exitCode, output]).toEqual([0, expect.stringContaining('coped/production, property SQL_PASSWORD')]);
});

test('npm run secrets makes no Secret, with a file or instead of another value', async () => {
  for (const options of [['--env-file', 'production.env'], ['--replace']])
    expect(await secrets(...options)).toEqual({
      exitCode: 1,
      output: expect.stringContaining('its credentials come from the ClusterSecretStore vault'),
    });
});

test('npm run secrets makes values for the store', async () => {
  expect(await secrets('--new', 'new.env')).toMatchObject({ exitCode: 0 });
  const text = readFileSync(join(folder, 'new.env'), 'utf8');
  expect(text).toMatch(
    /# in the store: coped\/production, property SQL_PASSWORD\nSQL_PASSWORD=[0-9a-f]{64}\n/,
  );
});
