import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import { execa } from 'execa';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { providedCredentials } from '../../environments/credentials.ts';
import type { UpOptions } from '../../tools/commands/up.ts';
import { runCommand } from '../../tools/program.ts';
import { root } from '../../tools/terminal/programs.ts';
import { randomLooking } from '../tools/credentials/random-looking.ts';

/**
 * The command line with stand-ins for docker, kind and kubectl that record how they are called. So a test sees that bad
 * input has its own message, and that nothing was changed.
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
    '  *"get --raw /apis") echo \'{"groups":[]}\';;',
    'esac',
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

export function program(name: string, ...lines: string[]): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, ['#!/bin/sh', `echo "${name} $*" >> ${calls}`, ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
}

/** The option of `up` with an env file that holds what a person provides for the environment, if that is anything. */
export function envFileFor(name: EnvironmentName): readonly string[] {
  const provided = providedCredentials(environments[name]);
  if (provided.length === 0) return [];
  const file = join(folder, `${name}.env`);
  writeFileSync(file, provided.map((each) => `${each}=${randomLooking(each).hexadecimal}\n`).join(''));
  return ['--env-file', file];
}

type Variables = Readonly<Record<string, string>>;

function environmentOf(variables: Variables): Record<string, string> {
  return { PATH: join(folder, 'bin'), CURRENT_CONTEXT: '', KIND_CLUSTERS: '', ...variables };
}

/** Runs a command in this process, as nobody at a terminal would; tells what it printed. */
export function cli(arguments_: readonly string[], variables: Variables = {}) {
  return printedBy(() => runCommand(arguments_), variables);
}

/** Brings an environment up as `cli` does, but writes the manifests that differ from dist/ into `folder`. */
export function up(
  name: EnvironmentName,
  options: Pick<UpOptions, 'context' | 'envFile'>,
  variables: Variables = {},
) {
  return printedBy(async () => {
    const { upCommand } = await import('../../tools/commands/up.ts');
    await upCommand(name, { ...options, replace: false, timeout: 300, yes: false }, folder);
    return 0;
  }, variables);
}

async function printedBy(command: () => Promise<number>, variables: Variables) {
  const before = process.env;
  const isTTY = process.stdin.isTTY;
  const printed: string[] = [];
  const note = (...parts: unknown[]) => void printed.push(`${parts.join(' ')}\n`);
  const write = (chunk: unknown) => {
    printed.push(`${chunk}`);
    return true;
  };
  const spies = [
    jest.spyOn(console, 'log').mockImplementation(note),
    jest.spyOn(console, 'error').mockImplementation(note),
    jest.spyOn(process.stdout, 'write').mockImplementation(write),
    jest.spyOn(process.stderr, 'write').mockImplementation(write),
  ];
  process.env = environmentOf(variables);
  process.stdin.isTTY = false;
  try {
    const exitCode = await command();
    return { exitCode, output: printed.join('').replace(/\n$/, '') };
  } finally {
    process.env = before;
    process.stdin.isTTY = isTTY;
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs a command as npm does: in a process of its own. */
export async function cliProcess(arguments_: readonly string[], variables: Variables = {}) {
  const result = await execa(process.execPath, ['--import', 'tsx', '--', 'tools/cli.ts', ...arguments_], {
    cwd: root,
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: environmentOf(variables),
  });
  return { exitCode: result.exitCode, output: result.all };
}

/** Calls of the stand-ins, in their order. */
export function allCalls(): string[] {
  return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
}

/** Calls that make or change something. */
export function changes(): string[] {
  return allCalls().filter((line) =>
    /^(docker (build|pull|tag) |kind (create|delete|load)|kubectl .*(apply|create|delete|use-context))/.test(
      line,
    ),
  );
}

export async function refused(
  arguments_: readonly string[],
  message: string | RegExp,
  variables?: Variables,
  run: (...call: Parameters<typeof cli>) => Promise<{ exitCode: number | undefined; output: string }> = cli,
): Promise<void> {
  const { exitCode, output } = await run(arguments_, variables);
  expect([exitCode, output]).toEqual([
    1,
    typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  ]);
  expect(output).not.toMatch(/\n\s+at /);
  expect(changes()).toEqual([]);
}
