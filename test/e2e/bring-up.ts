import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { providedCredentials } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { missingCredentials } from '../../tools/credentials/secrets.ts';
import { localClusterExists } from '../../tools/local/kind.ts';
import { localObjectStore } from '../../tools/local/object-store.ts';
import { eventually } from '../lib/kubectl.ts';
import { exec, local, newEnvFile, npmSucceeds, page, resultCount } from './cluster.ts';
import { makeRoom } from './room.ts';

/** Options of `npm run up`: these tests do not measure its time, and the machine may be busy. */
export const patience = ['--timeout', '900'] as const;

/** How many sample projects there are at least. */
export const sampleProjects = 300;

/** The address of an environment's site on the local cluster. */
export function siteOf(name: EnvironmentName): string {
  const environment: AnyEnvironment = environments[name];
  const { port } = environment.kind === 'dev' ? environment.address : environment.localAddress;
  return `http://localhost:${port}`;
}

/**
 * Brings an environment up on the local cluster, migrated and with the sample projects, from any state. It takes
 * seconds if nothing is left to do.
 */
export async function bringUp(name: EnvironmentName): Promise<void> {
  await makeRoom(name);
  if (environments[name].kind !== 'dev') await objectStore();
  const said = await up(name);
  if (said.includes(`npm run migrate -- ${name}`)) await npmSucceeds('migrate', '--', name);
  await loadProjects(name);
}

/** The local cluster with an object store for backups. */
export async function objectStore(): Promise<void> {
  if (!(await localClusterExists())) await up('dev');
  if ((await localObjectStore(local)) === undefined) await npmSucceeds('object-store');
}

/** `npm run up`, with an env file where the cluster lacks credentials that a person provides; gives what it said. */
export async function up(name: EnvironmentName): Promise<string> {
  const environment = environments[name];
  const missing = (await localClusterExists())
    ? await missingCredentials(local, environment)
    : providedCredentials(environment);
  if (missing.length === 0) return npmSucceeds('up', '--', name, ...patience);
  const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
  try {
    const file = join(folder, `${name}.env`);
    await newEnvFile(name, file);
    return await npmSucceeds('up', '--', name, '--env-file', file, ...patience);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Loads the sample projects, unless they are there, and waits until the site shows them. */
export async function loadProjects(name: EnvironmentName): Promise<void> {
  const site = siteOf(name);
  const status = await eventually(`an answer of ${site}`, 120, async () => {
    const { status, body } = await page(site);
    return status === 200 && (resultCount(body) >= sampleProjects ? 'full' : 'empty');
  });
  if (status === 'full' || environments[name].kind === 'dev') {
    await eventually('the projects', 60, async () => resultCount((await page(site)).body) >= sampleProjects);
    return;
  }
  const web = { namespace: environments[name].namespace, of: 'deployment/web', container: 'web' };
  const { exitCode, output } = await exec(web, 'python', 'manage.py', 'load_sample_projects');
  if (exitCode !== 0) throw new Error(`${name} took no sample projects: ${output}`);
  await npmSucceeds('reindex', '--', name);
}
