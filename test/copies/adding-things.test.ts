import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { root } from '../../tools/terminal/programs.ts';
import { steps } from '../fixtures/cache/steps.ts';
import { checkoutWith, type Outcome, removeCheckout, runIn } from '../lib/checkout.ts';
import type { Manifest } from '../lib/manifest-types.ts';

const folders: string[] = [];

afterAll(() => folders.forEach(removeCheckout));

/** A copy of the checkout with the steps, but for one. */
function copyWithout(leftOut?: number): string {
  const folder = checkoutWith(steps.filter((_, index) => index !== leftOut).flat());
  folders.push(folder);
  return folder;
}

/** What the compiler says of the charts and environments, and synthesis after that. */
async function compileAndSynthesize(folder: string): Promise<Outcome> {
  // As the checkout is compiled, but for tools and tests.
  const settings = { extends: './tsconfig.json', include: ['main.ts', 'charts', 'environments'] };
  writeFileSync(join(folder, 'tsconfig.charts.json'), JSON.stringify(settings));
  const compiled = await runIn(folder, 'tsc', ['--project', 'tsconfig.charts.json']);
  if (compiled.exitCode !== 0) return compiled;
  return runIn(folder, process.execPath, ['--import', 'tsx', 'main.ts'], { CDK8S_OUTDIR: 'dist' });
}

describe('a cache', () => {
  let folder: string;
  let outcome: Outcome;

  beforeAll(async () => {
    folder = copyWithout();
    outcome = await compileAndSynthesize(folder);
  });

  /** The objects of a workload in an environment's folder. */
  function objects(dist: string, name: string): Manifest[] {
    const path = join(folder, dist);
    return readdirSync(path)
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => loadAll(readFileSync(join(path, file), 'utf8')) as Manifest[])
      .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === name);
  }

  test('is four files, one of them new, as docs/adding-things.md says', () => {
    const files = [...new Set(steps.flat().map(({ file }) => file))];
    const table = readFileSync(join(root, 'docs/adding-things.md'), 'utf8');
    expect(files).toHaveLength(4);
    expect(steps.flat().filter((edit) => 'copyOf' in edit)).toHaveLength(1);
    for (const file of files) expect(table).toContain(`\`${file}\``);
  });

  test('compiles, and is synthesized into a file of its own', () => {
    expect(outcome).toEqual({ exitCode: 0, output: expect.stringMatching(/^(warning: .*\n?)*$/) });
    for (const dist of ['dist', 'dist/staging', 'dist/production'])
      expect(readdirSync(join(folder, dist))).toContain('33-cache.yaml');
  });

  test('has a policy and a ServiceAccount', () => {
    const kinds = objects('dist/production', 'cache').map(({ kind }) => kind);
    expect(kinds).toEqual(['NetworkPolicy', 'ServiceAccount', 'Service', 'Deployment']);
  });

  test('the application may connect to it, and it to nobody', () => {
    const policy = objects('dist/production', 'cache').find(({ kind }) => kind === 'NetworkPolicy')?.spec;
    const from = policy?.ingress?.flatMap((rule) => rule.from ?? []);
    expect(from?.map(({ podSelector }) => podSelector?.matchLabels['app.kubernetes.io/name'])).toEqual([
      'migrate',
      'web',
    ]);
    expect(policy?.egress).toBeUndefined();
  });

  test('shares a password with the application, which dev and staging make and production is given', async () => {
    const mounted = (name: string) =>
      JSON.stringify(objects('dist/production', name).find(({ kind }) => kind === 'Deployment'));
    for (const name of ['cache', 'web'])
      expect(mounted(name)).toMatch(/"items":\[\{"key":"password","path":"\w+"\}\],"name":"cache"/);
    expect(mounted('nginx')).not.toContain('"name":"cache"');
    expect(JSON.stringify(objects('dist/staging', 'create-credentials'))).toContain('cache/password/64');
  });
});

describe('a step that is left out is named', () => {
  test.each([
    [0, /workloads\.ts.*cache\.ts/s],
    [2, /cache\.ts.*CACHE_PASSWORD/s],
    [3, /cache\.ts.*'cache'/s],
  ])('by the compiler: step %i', async (step, message) => {
    const { exitCode, output } = await compileAndSynthesize(copyWithout(step));
    expect([exitCode === 0, output]).toEqual([false, expect.stringMatching(message)]);
  });

  test('by a test: the line of the list', async () => {
    const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
    const { exitCode, output } = await runIn(copyWithout(1), process.execPath, [
      ...jest,
      'test/charts/workloads.test.ts',
    ]);
    const missing = /charts\/workloads\.ts lists every file.*- +"cache"/s;
    expect([exitCode, output]).toEqual([1, expect.stringMatching(missing)]);
  });
});
