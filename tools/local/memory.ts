import type { Application } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { relayOf } from '../../environments/mail.ts';
import { type Cluster, list } from '../cluster/cluster.ts';
import type { Node } from '../cluster/objects.ts';
import { requestsOf, resources, sum, wantedPods } from '../cluster/requests.ts';

/**
 * How much memory the servers of an environment may use, how much of that for what the application has beside its server,
 * and what the machine gives the cluster.
 *
 * @returns undefined when the application has nothing beside its server
 */
export async function memoryOfApplication(
  cluster: Cluster,
  environment: AnyEnvironment,
): Promise<string | undefined> {
  const { processes = {}, programs = {}, redis }: Application = environment.application;
  const names = [
    ...Object.keys(processes),
    ...Object.keys(programs),
    ...(redis ? ['redis'] : []),
    ...(relayOf(environment) === 'caught' ? ['mail-catcher'] : []),
  ];
  if (names.length === 0) return undefined;
  const servers = wantedPods(environment).filter(({ isServer }) => isServer);
  const added = servers.filter(({ spec }) => names.includes(`${spec.serviceAccountName}`));
  const nodes = await list<Node>(cluster, ['nodes']);
  const capacity = sum(nodes.map(({ status }) => resources(status?.allocatable ?? {})));
  return (
    `its pods may use ${gibibytes(memoryOf(servers))} of memory, ${gibibytes(memoryOf(added))} of it for ${names.join(', ')}; ` +
    `the cluster has ${gibibytes(capacity.memoryMebibytes)}`
  );
}

function memoryOf(pods: ReturnType<typeof wantedPods>): number {
  return sum(pods.map(({ spec }) => requestsOf(spec))).memoryMebibytes;
}

function gibibytes(mebibytes: number): string {
  return `${(mebibytes / 1024).toFixed(1)} GiB`;
}
