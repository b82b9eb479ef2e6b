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
import { isPage, local, newEnvFile, npmSucceeds, page } from './cluster.ts';
import { makeRoom } from './room.ts';

/** Options of `npm run up`: these tests do not measure its time, and the machine may be busy. */
export const patience = ['--timeout', '900'] as const;

/** The address of an environment's site on the local cluster. */
export function siteOf(name: EnvironmentName): string {
  const environment: AnyEnvironment = environments[name];
  const { port } = environment.kind === 'dev' ? environment.address : environment.localAddress;
  return `http://localhost:${port}`;
}

/**
 * Brings an environment up on the local cluster, migrated, from any state. It takes seconds if nothing is left to do.
 */
export async function bringUp(name: EnvironmentName): Promise<void> {
  if (environments[name].kind !== 'dev') await objectStore();
  await makeRoom(name);
  const said = await up(name);
  if (said.includes(`npm run migrate -- ${name}`)) await npmSucceeds('migrate', '--', name);
  await serves(name);
}

/** The local cluster with an object store for backups. A new cluster comes with dev, which takes some of its room. */
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

/** Waits until the site of an environment answers with a page. */
export async function serves(name: EnvironmentName, seconds = 120): Promise<void> {
  const site = siteOf(name);
  await eventually(`a page of ${site}`, seconds, async () => isPage(await page(site)));
}
