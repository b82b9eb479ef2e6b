import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { root } from '../../tools/terminal/programs.ts';

export interface Outcome {
  readonly exitCode: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  readonly seconds: number;
}

/** Runs a program in the project's folder; a failure is an outcome, not an exception. */
export async function attempt(
  program: string,
  arguments_: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Outcome> {
  const start = Date.now();
  const result = await execa(program, arguments_, { cwd: root, all: true, reject: false, ...options });
  return { exitCode: result.exitCode ?? 1, output: result.all, seconds: (Date.now() - start) / 1000 };
}

/** Runs a program that must succeed, and gives its output. */
export async function run(program: string, ...arguments_: string[]): Promise<string> {
  const { exitCode, output } = await attempt(program, arguments_);
  if (exitCode !== 0)
    throw new Error(`${program} ${arguments_.join(' ')} ended with ${exitCode}:\n${output}`);
  return output;
}

export const kubectl = (...arguments_: string[]): Promise<string> => run('kubectl', ...arguments_);

/** Applies objects, as `kubectl apply` does files. */
export async function apply(...items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { exitCode, output } = await attempt('kubectl', ['apply', '--filename', '-'], { input });
  if (exitCode !== 0) throw new Error(output);
}

/** `npm run …`, as a person types it. */
export const npm = (...arguments_: string[]): Promise<Outcome> =>
  attempt('npm', ['run', '--silent', ...arguments_]);

/** Makes an env file as a person does, and puts in the keys of the cluster's object store. */
export async function newEnvFile(name: 'staging' | 'production', file: string): Promise<void> {
  const { exitCode, output } = await npm('secrets', '--', name, '--new', file);
  if (exitCode !== 0) throw new Error(output);
  const issued = {
    BACKUP_S3_KEY: process.env.E2E_S3_KEY ?? 'objectstore',
    BACKUP_S3_SECRET: process.env.E2E_S3_SECRET ?? 'objectstore-secret',
  };
  const text = Object.entries(issued).reduce(
    (filled, [variable, value]) => filled.replace(`${variable}=change-me`, `${variable}=${value}`),
    readFileSync(file, 'utf8'),
  );
  writeFileSync(file, text);
}

/** The pod that is Postgres' primary now. */
export async function primary(namespace: string): Promise<string> {
  const selector = 'app.kubernetes.io/name=postgres,coped/role=primary';
  const names = await kubectl(
    'get',
    'pods',
    '--namespace',
    namespace,
    '--selector',
    selector,
    '--output',
    'jsonpath={.items[*].metadata.name}',
  );
  if (!/^postgres-\d$/.test(names)) throw new Error(`expected one primary in ${namespace}, found "${names}"`);
  return names;
}

export interface Target {
  readonly namespace: string;
  /** `deployment/web`, `elasticsearch-0` */
  readonly of: string;
  readonly container?: string;
}

/** Runs a command in a container that is there. */
export function exec({ namespace, of, container }: Target, ...command: string[]): Promise<Outcome> {
  const which = container ? ['--container', container] : [];
  return attempt('kubectl', ['exec', '--namespace', namespace, of, ...which, '--', ...command]);
}

/** Waits until the condition gives something else than undefined or false; says what it waited for when it does not. */
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

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A GET request, with whatever Host; status 0 when nobody answers. */
export function page(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
  return new Promise((resolve) => {
    const nobody = (error: Error) => resolve({ status: 0, headers: {}, body: error.message });
    const asked = request(url, { headers, timeout: 10_000, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
      response.on('error', nobody);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s')));
    asked.on('error', nobody);
    asked.end();
  });
}

/** Titles of the projects that a page of results lists. */
export function hits(body: string): string[] {
  return [...body.matchAll(/<li class="hit">\s*<h3><a href="[^"]*">(.*?)<\/a>/gs)].map(([, title]) =>
    (title ?? '').replaceAll(/<[^>]*>/g, ''),
  );
}

/** How many projects a page of results says that it found. */
export function resultCount(body: string): number {
  return Number(/id="result-count">(\d+) project/.exec(body)?.[1] ?? Number.NaN);
}
