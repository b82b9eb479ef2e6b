import { ExecaError } from 'execa';
import { confirm } from './ask.ts';
import { cluster, get, kindCluster, kindContext } from './cluster.ts';
import { localClusterExists } from './local-cluster.ts';
import { requirePrograms, run } from './programs.ts';

interface Claims {
  readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[];
}

/** `npm run down`: removes the local cluster with all that is in it, after naming that. */
export async function downCommand(options: { readonly yes: boolean }): Promise<void> {
  await requirePrograms('kind', 'kubectl');
  if (!(await localClusterExists())) {
    console.log(`there is no kind cluster "${kindCluster}": nothing to remove`);
    return;
  }
  await confirm(
    [`This deletes the kind cluster "${kindCluster}" and the data in it:`, ...(await volumes())].join('\n'),
    options.yes,
  );
  await run('kind', ['delete', 'cluster', '--name', kindCluster]);
  console.log(`deleted the kind cluster "${kindCluster}"; the images stay, npm run up makes it again`);
}

/** The volumes of the cluster; one that does not answer can be removed all the same. */
async function volumes(): Promise<string[]> {
  const selector = 'app.kubernetes.io/name in (postgres, elasticsearch)';
  try {
    const claims = await get<Claims>(cluster(kindContext), [
      'persistentvolumeclaims',
      '--all-namespaces',
      '--request-timeout=20s',
      '--selector',
      selector,
    ]);
    const names = (claims?.items ?? []).map(({ metadata }) => `  ${metadata.namespace}: ${metadata.name}`);
    return names.length > 0 ? names : ['  no volumes'];
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return ['  volumes that cannot be named, because the cluster does not answer'];
  }
}
