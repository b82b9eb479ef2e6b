import { migrate } from '../../../charts/workloads/migrate.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { list } from '../../cluster/cluster.ts';
import {
  isNamedByContent,
  madeByCharts,
  manifestsOf,
  nameLabel,
  namespacedKinds,
} from '../../cluster/manifests.ts';
import type { Job } from '../../cluster/objects.ts';
import { type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

const made = Object.entries(madeByCharts)
  .map(([label, value]) => `${label}=${value}`)
  .join(',');

interface Present {
  readonly kind: string;
  readonly metadata: Job['metadata'];
  readonly status?: Job['status'];
}

/** What an earlier version applied and this one no longer contains: `kubectl apply` leaves it there. */
export async function leftovers({ cluster, environment }: Patient): Promise<Finding> {
  const { namespace } = environment;
  const which = ['--namespace', namespace, '--selector', made];
  const present = await list<Present>(cluster, [namespacedKinds.join(',').toLowerCase(), ...which]);
  const wanted = new Set(manifestsOf(environment).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const left = present
    .filter((each) => !wanted.has(`${each.kind}/${each.metadata.name}`) && !isExpected(each, environment))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return left.length === 0
    ? good('nothing in the cluster is left over from an earlier version')
    : warning(
        `${left.join(', ')} of an earlier version is still there, and goes on running or allowing`,
        `if you do not need it: kubectl --namespace ${namespace} delete ${left.join(' ').toLowerCase()}`,
      );
}

/** What the cluster or a command made from something that is wanted, or has ended and is kept for its log. */
function isExpected({ kind, metadata, status }: Present, { migrations }: AnyEnvironment): boolean {
  if ((metadata.ownerReferences ?? []).length > 0) return true;
  if (kind !== 'Job') return false;
  const workload = metadata.labels?.[nameLabel];
  const isByCommand =
    !isNamedByContent(workload, metadata.name) || (workload === migrate.name && migrations !== 'job');
  return isByCommand || (status?.succeeded ?? 0) > 0;
}
