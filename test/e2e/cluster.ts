import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { localStore } from '../../charts/object-store.ts';
import type { EnvironmentName } from '../../environments/all.ts';
import { cluster, kindContext } from '../../tools/cluster/cluster.ts';
import { placeholder } from '../../tools/credentials/new-env-file.ts';
import { applyTo, attempt, attemptIn, attemptKubectl, type Outcome, type Place } from '../lib/kubectl.ts';

/** The local cluster, the only one that the end-to-end tests touch; whatever kubectl's current context is. */
export const local = cluster(kindContext);

/** Runs kubectl on the local cluster; it must succeed. */
export const kubectl = (...arguments_: string[]): Promise<string> => local.kubectl(arguments_);

/** Applies objects to the local cluster. */
export const apply = (...items: readonly object[]): Promise<void> => applyTo(local, ...items);

/** Runs a command in a container of the local cluster; a failure is an outcome, not an exception. */
export const exec = (place: Place, ...command: string[]): Promise<Outcome> =>
  attemptIn(local, place, command);

/** `kubectl` on the local cluster; a failure is an outcome, not an exception. */
export const tryKubectl = (arguments_: readonly string[], input?: string): Promise<Outcome> =>
  attemptKubectl(local, arguments_, input === undefined ? {} : { input });

/** `npm run …`, as a person types it. The kubeconfig of a run holds no other context: see guard.ts. */
export const npm = (...arguments_: string[]): Promise<Outcome> =>
  attempt('npm', ['run', '--silent', ...arguments_]);

/** `npm run …` that must succeed; gives what it said. */
export async function npmSucceeds(...arguments_: string[]): Promise<string> {
  const { exitCode, output } = await npm(...arguments_);
  if (exitCode !== 0) throw new Error(`npm run ${arguments_.join(' ')} ended with ${exitCode}:\n${output}`);
  return output;
}

/**
 * Makes an env file as a person does, and puts in the keys of the cluster's object store. What somebody else issues is
 * made up: nobody here takes it.
 */
export async function newEnvFile(name: EnvironmentName, file: string): Promise<void> {
  await npmSucceeds('secrets', '--', name, '--new', file);
  const keys: Readonly<Record<string, string>> = localStore.keys;
  const text = readFileSync(file, 'utf8').replaceAll(
    new RegExp(`^(\\w+)=${placeholder}$`, 'gm'),
    (_, variable: string) => `${variable}=${keys[variable] ?? `made-up-${variable}`}`,
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

/** Names of the web pods that are ready, separated by spaces. */
export async function readyWebPods(namespace: string): Promise<string> {
  const pods = await kubectl(
    'get',
    'pods',
    '--namespace',
    namespace,
    '--selector',
    'app.kubernetes.io/name=web',
    '--output',
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}',
  );
  return pods
    .split('\n')
    .filter((line) => line.endsWith(' True'))
    .map((line) => line.split(' ')[0])
    .join(' ');
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

/** Whether it is a page, and not an error: the first one may lead to another, as that of a site with a login. */
export const isPage = ({ status }: Pick<Page, 'status'>): boolean => status >= 200 && status < 400;
