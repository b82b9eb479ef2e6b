import packageJson from '../../../package.json' with { type: 'json' };
import type { Cluster } from '../../cluster/cluster.ts';
import { minorOf, supportedKubernetes } from '../../cluster/versions.ts';
import { object, readJson, string } from '../../terminal/json.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** How many minor versions kubectl may be older or newer than the server. */
const skew = 1;

const version = object({ gitVersion: string });
const versions = object({ clientVersion: version, serverVersion: version });

/** Whether Node.js and kubectl are versions that work here. */
export async function tools(
  { cluster }: Pick<Patient, 'cluster'>,
  node: string = process.versions.node,
): Promise<Finding> {
  const { clientVersion, serverVersion } = await ask(cluster);
  const detail = `Node.js ${node}, kubectl ${clientVersion.gitVersion}`;
  const { engines } = packageJson;
  if (isOlder(node, engines.node.replace('>=', '')))
    return bad(
      `${detail}: the commands are made for Node.js ${engines.node}`,
      'nvm use, or install it: https://nodejs.org/en/download',
    );
  const apart = Math.abs(minor(clientVersion.gitVersion) - minor(serverVersion.gitVersion));
  if (apart > skew)
    return warning(
      `${detail}: it is made for servers that are ${skew} minor version older or newer, and this one is ${serverVersion.gitVersion}`,
      'install the kubectl of the server: https://kubernetes.io/docs/tasks/tools/#kubectl',
    );
  return good(detail);
}

/** Whether the cluster's version is one for which the manifests are made. */
export async function kubernetes({ cluster }: Pick<Patient, 'cluster'>): Promise<Finding> {
  const { gitVersion } = (await ask(cluster)).serverVersion;
  const { oldest, newest } = supportedKubernetes;
  const range = `1.${oldest} to 1.${newest}`;
  if (minor(gitVersion) < oldest)
    return bad(
      `${gitVersion} does not know every field of the manifests, which are made for ${range}`,
      'upgrade the cluster',
    );
  if (minor(gitVersion) > newest)
    return warning(
      `${gitVersion} is newer than what was tested, ${range}`,
      'try staging there first; look whether a newer version of this project was tested with it',
    );
  return good(gitVersion);
}

async function ask(cluster: Cluster): Promise<ReturnType<typeof versions>> {
  return readJson('kubectl version', await cluster.kubectl(['version', '--output', 'json']), versions);
}

/** What is no version of Kubernetes 1 is newer than all of them. */
function minor(gitVersion: string): number {
  return minorOf(gitVersion) ?? Number.POSITIVE_INFINITY;
}

/** Whether a version comes before another one. */
function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}
