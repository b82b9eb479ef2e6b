import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../../tools/terminal/programs.ts';
import { UserError } from '../../tools/terminal/user-error.ts';

/** Where the scanners are installed. Git ignores it. */
const folder = join(root, '.local', 'scan');

/** What installs Python packages: in 10 s, where pip takes a minute. */
const installer = 'uv==0.13.8';

/** Scanners that Go builds from their source, whose checksums it compares with those of Go's own database. */
const goPrograms = {
  actionlint: 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'kube-linter': 'golang.stackrox.io/kube-linter/cmd/kube-linter@v0.8.3',
  'kube-score': 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
} as const;

export type GoProgram = keyof typeof goPrograms;

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes with which it has done its work: many scanners end with 1 when they find something. */
  readonly exitCodes?: readonly number[];
}

/**
 * Runs a program in the project's folder.
 *
 * @throws UserError with the end of what it printed when it ends with another exit code
 */
export async function answerOf(
  program: string,
  arguments_: readonly string[],
  { exitCodes = [0], cwd = root, env = {} }: Options = {},
): Promise<Answer> {
  const result = await execa(program, arguments_, { cwd, env: { ...env }, reject: false, stdin: 'ignore' });
  const { stdout, stderr, exitCode, shortMessage } = result;
  // Without an exit code it did not start, or a signal ended it.
  if (exitCode === undefined || !exitCodes.includes(exitCode))
    throw new UserError(`${shortMessage ?? program}\n${`${stderr}\n${stdout}`.trim().slice(-2000)}`);
  return { stdout, stderr };
}

const installed = new Map<string, Promise<string>>();

/** Installs something at its first use, and remembers where it is. */
function once(name: string, install: () => Promise<string>): Promise<string> {
  const before = installed.get(name);
  if (before) return before;
  const now = install();
  installed.set(name, now);
  return now;
}

/** The path of a scanner that is written in Go. */
export function goProgram(name: GoProgram): Promise<string> {
  const [, version = ''] = goPrograms[name].split('@');
  const GOBIN = join(folder, `${name}-${version}`);
  return once(name, async () => {
    if (!existsSync(GOBIN)) await answerOf('go', ['install', goPrograms[name]], { env: { GOBIN } });
    return join(GOBIN, name);
  });
}

/** The path of a scanner that is a Python package of test/scan/requirements.txt. */
export async function pythonProgram(name: string): Promise<string> {
  return join(await pythonEnvironment('test/scan/requirements.txt'), 'bin', name);
}

/** A Python environment with the packages of a file of requirements, which has their hashes. */
export function pythonEnvironment(requirements: string): Promise<string> {
  const text = readFileSync(join(root, requirements));
  const path = join(folder, `python-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`);
  return once(path, async () => {
    if (existsSync(path)) return path;
    const uv = await packageInstaller();
    const unfinished = `${path}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await answerOf(uv, ['venv', '--quiet', '--relocatable', unfinished]);
    const python = join(unfinished, 'bin', 'python3');
    await answerOf(uv, ['pip', 'sync', '--quiet', '--require-hashes', '--python', python, requirements]);
    await rename(unfinished, path);
    return path;
  });
}

function packageInstaller(): Promise<string> {
  const path = join(folder, installer);
  const uv = join(path, 'bin', 'uv');
  return once(installer, async () => {
    if (existsSync(uv)) return uv;
    await answerOf('python3', ['-m', 'venv', '--clear', path]);
    await answerOf(join(path, 'bin', 'pip'), ['install', '--quiet', installer]);
    return uv;
  });
}
