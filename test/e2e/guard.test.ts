import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { root } from '../../tools/terminal/programs.ts';
import { allCalls, folder, program } from '../lib/command-line.ts';
import { chosen } from './files.ts';
import { guardBy } from './guard.ts';

/** `npm run e2e`, with stand-ins for docker, kind and kubectl that note how they are called. */
async function e2e(arguments_: readonly string[], env: Readonly<Record<string, string>>) {
  const { exitCode, all } = await execa(
    process.execPath,
    ['--import', 'tsx', '--', 'test/e2e/run.ts', ...arguments_],
    {
      cwd: root,
      all: true,
      reject: false,
      timeout: 15_000,
      extendEnv: false,
      env: { PATH: `${folder}/bin`, E2E_DELETE_DATA: 'yes', KIND_CLUSTERS: 'coped', ...env },
    },
  );
  return { exitCode, output: all };
}

/** Answers as a local cluster does where an environment is deployed. */
const deployed = [
  'case "$*" in',
  '  *current-context*) printf "%s" "$CURRENT_CONTEXT";;',
  '  *"get namespaces"*) echo namespace/coped-dev;;',
  'esac',
];

test('with another current context than the local cluster nothing is called there, though data may be deleted', async () => {
  program('kubectl', ...deployed);
  program('npm');
  const { exitCode, output } = await e2e(['01-dev'], { CURRENT_CONTEXT: 'production-of-the-council' });
  expect([exitCode, output]).toEqual([
    1,
    expect.stringMatching(/current context is "production-of-the-council"; nothing was called there/),
  ]);
  // `kubectl config` reads a file of this machine.
  expect(allCalls().filter((call) => !call.startsWith('kubectl config view '))).toEqual([]);
});

/** Runs the guard here, with the stand-ins, and gives what it refuses. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const before = { ...process.env };
  Object.assign(process.env, { PATH: `${folder}/bin:${before.PATH}`, KIND_CLUSTERS: 'coped', ...env });
  try {
    return await guardBy(folder).then(
      () => 'nothing',
      (error: Error) => error.message,
    );
  } finally {
    process.env = before;
  }
}

test('data in the local cluster is deleted only after a yes, and only the local cluster is asked what there is', async () => {
  program('kubectl', ...deployed);
  const refused = await refusal({ CURRENT_CONTEXT: 'kind-coped', E2E_DELETE_DATA: '' });
  expect(refused).toMatch(/namespace\/coped-dev\s+nothing was changed/);
  const others = allCalls().filter((call) => !/^kubectl (config view|--context kind-coped) /.test(call));
  expect([...new Set(others)]).toEqual(['kind get clusters', 'kind export kubeconfig --name coped']);
  expect(await refusal({ CURRENT_CONTEXT: 'kind-coped', E2E_DELETE_DATA: 'yes' })).toBe('nothing');
});

test('a local cluster that another checkout made is left alone', async () => {
  program('kubectl', 'case "$*" in *configmap*) echo \'{"data":{"checkout":"/elsewhere/"}}\';; esac');
  const refused = await refusal({ CURRENT_CONTEXT: 'kind-coped', E2E_DELETE_DATA: 'yes' });
  expect(refused).toMatch(/was made from another checkout, \/elsewhere\//);
});

test('no end-to-end test or drill calls kubectl without a context', () => {
  const files = ['test/e2e', 'test/drills', 'test/lib'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  );
  const calls = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:attempt|execa|run)\(\s*'kubectl',[^\]]*/g)].map(
      ([call]) => `${file}: ${call}`,
    ),
  );
  expect(calls.length).toBeGreaterThanOrEqual(3);
  // `config view` reads a file of this machine.
  expect(calls.filter((call) => !/--context|'config', 'view'/.test(call))).toEqual([]);
});

test('without arguments the first tier is run, with --all every file, with names these', () => {
  const { files: first } = chosen([]);
  const { files: all } = chosen(['--all']);
  expect(first.filter((file) => file.includes('nightly'))).toEqual([]);
  expect(all.slice(0, first.length)).toEqual(first);
  expect(chosen(['05-network', '19-object-store', '--silent'])).toEqual({
    files: ['test/e2e/05-network.e2e.ts', 'test/e2e/nightly/19-object-store.e2e.ts'],
    options: ['--silent'],
  });
  expect(() => chosen(['05-networks'])).toThrow(
    /no end-to-end test "05-networks"; there are:\n {2}test\/e2e\/01-dev/,
  );
});

test('numbers have no gaps, in the folders of the platform and of the stand-in', () => {
  const files = readdirSync(join(root, 'test/e2e'), { recursive: true, encoding: 'utf8' });
  const numbers = files.flatMap((file) => /(\d+)-[^/]*\.e2e\.ts$/.exec(file)?.[1] ?? []).map(Number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
});
