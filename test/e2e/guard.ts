import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kindCluster, kindContext } from '../../tools/cluster/cluster.ts';
import { localClusterExists, requireOwnCluster } from '../../tools/local/kind.ts';
import { root, run } from '../../tools/terminal/programs.ts';
import { UserError } from '../../tools/terminal/user-error.ts';
import { kubectl, local } from './cluster.ts';

/** The variable whose value `yes` allows the tests to delete what they find. */
const permission = 'E2E_DELETE_DATA';

/**
 * Ends the run before it has called any cluster, unless kubectl's current context is the local cluster. The tests
 * delete and recreate every environment that they test. If one exists, with somebody's data, they need a yes.
 *
 * Programs that the tests start get their own kubeconfig, which contains the local cluster's context only.
 *
 * @throws UserError when kubectl's current context is another, when the local cluster is another checkout's, or without
 * that yes
 */
export default function guard(): Promise<void> {
  return guardBy(join(root, '.local'));
}

/**
 * The guard itself.
 *
 * @param folder of the kubeconfig, which is written anew
 * @throws UserError as `guard` does
 */
export async function guardBy(folder: string): Promise<void> {
  const foreign = await foreignContext();
  if (foreign !== undefined) {
    throw new UserError(
      `the end-to-end tests work on the local cluster only, and kubectl's current context is "${foreign}"; nothing was called there\n` +
        `choose the local cluster: kubectl config use-context ${kindContext}, or make it: npm run up`,
    );
  }
  process.env.KUBECONFIG = join(folder, 'e2e.kubeconfig');
  mkdirSync(folder, { recursive: true });
  rmSync(process.env.KUBECONFIG, { force: true });
  if (!(await localClusterExists())) return;
  await exportContext();
  const selector = ['--selector', 'app.kubernetes.io/part-of=coped'];
  const found = await kubectl('get', 'namespaces', ...selector, '--output', 'name');
  if (found !== '' && process.env[permission] !== 'yes') {
    throw new UserError(
      `the end-to-end tests delete these, with all their data, in the local cluster:\n${found}\n` +
        `nothing was changed; to allow it: ${permission}=yes npm run e2e`,
    );
  }
  await requireOwnCluster(local);
}

/** kubectl's current context, if it is not the local cluster's. No cluster is called to find out. */
async function foreignContext(): Promise<string | undefined> {
  const current = await run('kubectl', ['config', 'view', '--output', 'jsonpath={.current-context}']);
  return current === '' || current === kindContext ? undefined : current;
}

async function exportContext(): Promise<void> {
  await run('kind', ['export', 'kubeconfig', '--name', kindCluster]);
}

/** The tests may have recreated the local cluster, which the person's own kubeconfig does not know yet. */
export async function handOver(): Promise<void> {
  if ((await foreignContext()) === undefined && (await localClusterExists())) await exportContext();
}
