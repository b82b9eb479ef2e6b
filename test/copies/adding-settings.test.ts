import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { root } from '../../tools/terminal/programs.ts';
import { steps as logLevel } from '../fixtures/log-level/steps.ts';
import { steps as mapKey } from '../fixtures/map-key/steps.ts';
import { checkoutWith, type Edit, type Outcome, removeCheckout, runIn } from '../lib/checkout.ts';
import type { Manifest } from '../lib/manifest-types.ts';

type Steps = readonly (readonly Edit[])[];

const folders: string[] = [];

afterAll(() => folders.forEach(removeCheckout));

/** A copy of the checkout with the steps, but for one. */
function copyOf(steps: Steps, leftOut?: number): string {
  const folder = checkoutWith(steps.filter((_, index) => index !== leftOut).flat());
  folders.push(folder);
  return folder;
}

/** Runs commands one after the other, until one fails. */
async function run(folder: string, ...commands: (readonly [string, ...string[]])[]): Promise<Outcome> {
  let outcome: Outcome = { exitCode: 0, output: '' };
  for (const [program, ...arguments_] of commands) {
    outcome = await runIn(folder, program, arguments_);
    if (outcome.exitCode !== 0) break;
  }
  return outcome;
}

/** The same; a failure is thrown, with all that was said. */
async function passes(...call: Parameters<typeof run>): Promise<void> {
  const { exitCode, output } = await run(...call);
  if (exitCode !== 0) throw new Error(output);
}

const format = ['biome', 'check', '--write', '.'] as const;
const compile = ['tsc'] as const;
const synthesize = ['cdk8s', 'synth', '--no-check-upgrade'] as const;
const unit = (...files: string[]) => ['npm', 'run', '--silent', 'unit', '--', ...files] as const;

/** What is tested of the charts, and of all that knows settings and credentials. */
const ofCharts = ['test/charts', 'test/environments', 'test/docs.test.ts'];
const ofTools = ['cli', 'commands', 'credentials', 'diff', 'doctor', 'local'].map(
  (path) => `test/tools/${path}`,
);

const minutes = 60_000;

/** The text of docs/adding-things.md, without the blanks at the start of its lines. */
const page = unindented(readFileSync(join(root, 'docs/adding-things.md'), 'utf8'));

function unindented(text: string): string {
  return text.replaceAll(/^ +/gm, '').trim();
}

/** The page must name each file, and show each text but for rows of tables. */
function expectOnPage(steps: Steps): void {
  for (const edit of steps.flat()) {
    expect(page).toContain(edit.file.replace(/^.*\//, ''));
    const text = unindented('add' in edit ? edit.add : 'by' in edit ? edit.by : '');
    if (!text.startsWith('|')) expect(page).toContain(text);
  }
}

/** An object in a folder of dist/. */
function find(folder: string, file: string, kind: string, name: string): Manifest {
  const all = loadAll(readFileSync(join(folder, file), 'utf8')) as Manifest[];
  const found = all.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`${file} has no ${kind} ${name}`);
  return found;
}

describe('a setting', () => {
  test('is what docs/adding-things.md says', () => expectOnPage(logLevel));

  test(
    'passes the tests of charts, environments and pages',
    async () => {
      const folder = copyOf(logLevel);
      await passes(folder, format, compile, synthesize, unit(...ofCharts));
      expect(JSON.stringify(find(folder, 'dist/50-web.yaml', 'Deployment', 'web'))).toContain(
        '{"name":"LOG_LEVEL","value":"INFO"}',
      );
    },
    10 * minutes,
  );

  test.each([
    [0, /dev\.ts.*'logLevel' does not exist/s],
    [1, /dev\.ts.*'logLevel' is missing/s],
  ])('a step that is left out is named by the compiler: step %i', async (step, message) => {
    const { exitCode, output } = await run(copyOf(logLevel, step), compile);
    expect([exitCode === 0, output]).toEqual([false, expect.stringMatching(message)]);
  });

  test.each([2, 3])('a step that is left out is named by a test: step %i', async (step) => {
    const { exitCode, output } = await run(copyOf(logLevel, step), unit('test/docs.test.ts'));
    const message = /has a row for each setting that the charts set, and no other.*"LOG_LEVEL"/s;
    expect([exitCode, output]).toEqual([1, expect.stringMatching(message)]);
  });
});

describe('a credential', () => {
  let folder: string;

  test('is what docs/adding-things.md says', () => expectOnPage(mapKey));

  describe('that dev does not need', () => {
    beforeAll(() => {
      folder = copyOf(mapKey);
    });

    test(
      'passes the tests of charts, environments, commands and pages',
      async () => {
        await passes(folder, format, compile, synthesize, unit(...ofCharts, ...ofTools));
      },
      10 * minutes,
    );

    test('gives it to staging and production, with the declared connection', () => {
      for (const dist of ['dist/staging', 'dist/production']) {
        const web = JSON.stringify(find(folder, `${dist}/50-web.yaml`, 'Deployment', 'web'));
        expect(web).toContain('{"name":"MAP_URL","value":"https://maps.example.org"}');
        expect(web).toContain('"items":[{"key":"key","path":"MAP_KEY"}],"name":"map-service"');
        const { spec } = find(folder, `${dist}/10-network.yaml`, 'NetworkPolicy', 'web');
        expect(spec?.egress).toContainEqual({
          to: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
          ports: [{ port: 443, protocol: 'TCP' }],
        });
      }
    });

    test('is not asked for in dev', async () => {
      for (const file of ['dist/50-web.yaml', 'dist/20-create-credentials.yaml'])
        expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/MAP_KEY|map-service/);
      expect(await run(folder, ['npm', 'run', 'secrets', '--', 'dev', '--new', 'dev.env'])).toEqual({
        exitCode: 1,
        output: expect.stringContaining('dev takes no env file'),
      });
    });
  });

  describe('that dev needs', () => {
    beforeAll(() => {
      folder = copyOf(mapKey);
      const file = join(folder, 'environments/application.ts');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace("({ kind }) => kind !== 'dev'", '() => true'));
    });

    test(
      'passes the tests of commands, among them that up asks for it',
      async () => {
        await passes(
          folder,
          format,
          compile,
          synthesize,
          unit('test/charts/references', 'test/environments', ...ofTools),
        );
      },
      10 * minutes,
    );

    test('is written into a new env file of dev, with who issues it', async () => {
      const secrets = ['npm', 'run', '--silent', 'secrets', '--', 'dev', '--new', 'dev.env'] as const;
      expect(await run(folder, secrets)).toEqual({
        exitCode: 0,
        output: expect.stringContaining('the map service issues MAP_KEY'),
      });
      const text = readFileSync(join(folder, 'dev.env'), 'utf8');
      expect(text).toMatch(/^MAP_KEY=change-me$/m);
      expect(text).not.toContain('object store');
    });
  });

  test('a step that is left out is named by the compiler: the credential', async () => {
    const { exitCode, output } = await run(copyOf(mapKey, 0), compile);
    expect([exitCode === 0, output]).toEqual([
      false,
      expect.stringMatching(/environments\/application\.ts.*"MAP_KEY"/s),
    ]);
  });

  test.each([
    [
      "the application's file",
      1,
      'test/charts/references.test.ts',
      /needed where a pod reads it.*\+ +"MAP_KEY"/s,
    ],
    ['settings.py', 2, 'test/docs.test.ts', /reads each setting of its own file.*"MAP_KEY"/s],
  ] as const)('a step that is left out is named by a test: %s', async (_, step, file, message) => {
    const { exitCode, output } = await run(copyOf(mapKey, step), unit(file));
    expect([exitCode, output]).toEqual([1, expect.stringMatching(message)]);
  });
});
