import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { execa } from 'execa';
import { root } from '../../tools/terminal/programs.ts';

/**
 * The command line with stand-ins for docker, kind and kubectl that note how they are called: so each test sees that
 * bad input has its own message and that nothing was changed.
 */
export let folder: string;
let calls: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  calls = join(folder, 'calls');
  writeFileSync(calls, '');
  mkdirSync(join(folder, 'bin'));
  program('docker', 'echo docker');
  program('kind', 'case "$1 $2" in "get clusters") echo "$KIND_CLUSTERS";; esac');
  program(
    'kubectl',
    'case "$*" in',
    '  *jsonpath={.current-context}*) printf "%s" "$CURRENT_CONTEXT";;',
    '  *jsonpath={.clusters*) echo https://cluster.example.org;;',
    '  *"get-contexts"*) echo kind-coped;;',
    'esac',
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

export function program(name: string, ...lines: string[]): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, ['#!/bin/sh', `echo "${name} $*" >> ${calls}`, ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
}

export async function cli(arguments_: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const result = await execa(process.execPath, ['--import', 'tsx', '--', 'tools/cli.ts', ...arguments_], {
    cwd: root,
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: { PATH: join(folder, 'bin'), CURRENT_CONTEXT: '', KIND_CLUSTERS: '', ...env },
  });
  return { exitCode: result.exitCode, output: result.all };
}

/** All calls of the stand-ins, in their order. */
export function allCalls(): string[] {
  return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
}

/** Calls that make or change something. */
export function changes(): string[] {
  return allCalls().filter((line) =>
    /^(docker (build|pull|tag)|kind (create|delete|load)|kubectl .*(apply|create|delete|use-context))/.test(
      line,
    ),
  );
}

export async function refused(
  arguments_: readonly string[],
  message: string | RegExp,
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const { exitCode, output } = await cli(arguments_, env);
  expect([exitCode, output]).toEqual([
    1,
    typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  ]);
  expect(output).not.toMatch(/\n\s+at /);
  expect(changes()).toEqual([]);
}
