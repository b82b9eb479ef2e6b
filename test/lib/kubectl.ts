import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { root } from '../../tools/terminal/programs.ts';

/** What end-to-end tests and drills ask of a cluster. Each call of kubectl names the cluster's context. */

export interface Outcome {
  readonly exitCode: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  readonly seconds: number;
}

interface Options {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program in the project's folder; a failure is an outcome, not an exception. */
export async function attempt(
  program: string,
  arguments_: readonly string[],
  options: Options = {},
): Promise<Outcome> {
  const start = Date.now();
  const result = await execa(program, arguments_, { cwd: root, all: true, reject: false, ...options });
  return { exitCode: result.exitCode ?? 1, output: result.all, seconds: (Date.now() - start) / 1000 };
}

/** Runs kubectl on a cluster; a failure is an outcome, not an exception. */
export function attemptKubectl(
  { context }: Cluster,
  arguments_: readonly string[],
  options?: Options,
): Promise<Outcome> {
  return attempt('kubectl', ['--context', context, ...arguments_], options);
}

/** Applies objects, as `kubectl apply` does files. */
export async function applyTo(cluster: Cluster, ...items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['apply', '--filename', '-'], { input });
}

/** A container of a pod, or of any one pod of a workload. */
export interface Place {
  readonly namespace: string;
  /** `deployment/web`, `elasticsearch-0` */
  readonly of: string;
  /** @default the pod's first */
  readonly container?: string;
}

/** Runs a command in a container; a failure is an outcome, not an exception. */
export function attemptIn(
  cluster: Cluster,
  { namespace, of, container }: Place,
  command: readonly string[],
  input?: string,
): Promise<Outcome> {
  const which = container ? ['--container', container] : [];
  const stdin = input === undefined ? [] : ['--stdin'];
  const arguments_ = ['exec', ...stdin, '--namespace', namespace, of, ...which, '--', ...command];
  return attemptKubectl(cluster, arguments_, input === undefined ? {} : { input });
}

/** Waits until the condition gives neither undefined nor false; otherwise says what it waited for. */
export async function eventually<T>(
  what: string,
  seconds: number,
  condition: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await delay(100);
  }
}
