import { migrate } from '../../charts/workloads/migrate.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, list } from './cluster.ts';
import { customObjects } from './custom-kinds.ts';
import { isNamedByContent, madeByCharts, nameLabel, namespacedKinds } from './manifests.ts';
import type { Job, Manifest, ReplicaSet } from './objects.ts';

/** An object that is left over. */
export interface Leftover {
  readonly kind: string;
  readonly metadata: Job['metadata'];
  readonly status?: Job['status'];
}

/** What to say about objects that are left over. */
export interface LeftoverWords {
  readonly detail: string;
  readonly remedy: string;
}

const made = Object.entries(madeByCharts)
  .map(([label, value]) => `${label}=${value}`)
  .join(',');

/** A claim holds data, so nobody is told to delete one. */
const kinds = namespacedKinds.filter((kind) => kind !== 'PersistentVolumeClaim');

/**
 * What an earlier version applied and these manifests no longer contain, for example because a process was taken out of
 * the application's file. `kubectl apply` leaves it there. Claims and Secrets do not count, and neither does a
 * configuration to which a rollback would lead.
 */
export async function leftovers(
  cluster: Cluster,
  environment: AnyEnvironment,
  manifests: readonly Manifest[],
): Promise<readonly Leftover[]> {
  const which = ['--namespace', environment.namespace, '--selector', made];
  const present = [
    ...(await list<Leftover>(cluster, [kinds.join(',').toLowerCase(), ...which])),
    ...(await customObjects<Leftover>(cluster, which)),
  ];
  const wanted = new Set(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const left = present.filter(
    (each) => !wanted.has(`${each.kind}/${each.metadata.name}`) && !isExpected(each, environment),
  );
  const workloads = new Set(manifests.map(({ metadata }) => metadata.labels?.[nameLabel]));
  const isEarlier = ({ kind, metadata: { name, labels } }: Leftover) =>
    kind === 'ConfigMap' && workloads.has(labels?.[nameLabel]) && isNamedByContent(labels?.[nameLabel], name);
  if (!left.some(isEarlier)) return left;
  const used = await configMapsOfRevisions(cluster, environment.namespace);
  return left.filter((each) => !isEarlier(each) || !used.has(each.metadata.name));
}

/** A version of the pods: of a Deployment, which has it in `spec`, or of a StatefulSet, which has it in `data`. */
type Revision = Partial<Pick<ReplicaSet, 'spec'>> & { readonly data?: Pick<ReplicaSet, 'spec'> };

/** The ConfigMaps that the pods of each version have to which `kubectl rollout undo` leads, or that still run. */
async function configMapsOfRevisions(cluster: Cluster, namespace: string): Promise<ReadonlySet<string>> {
  const kept = ['replicasets,controllerrevisions', '--namespace', namespace];
  const revisions = await list<Revision>(cluster, kept);
  return new Set(
    revisions.flatMap(({ spec, data }) =>
      ((data?.spec ?? spec)?.template?.spec?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []),
    ),
  );
}

/** What the cluster or a command made from something that is wanted, or has ended and is kept for its log. */
function isExpected({ kind, metadata, status }: Leftover, { migrations }: AnyEnvironment): boolean {
  if ((metadata.ownerReferences ?? []).length > 0) return true;
  if (kind !== 'Job') return false;
  const workload = metadata.labels?.[nameLabel];
  const isByCommand =
    !isNamedByContent(workload, metadata.name) || (workload === migrate.name && migrations !== 'job');
  return isByCommand || (status?.succeeded ?? 0) > 0;
}

/** Says which objects are left over, and the command that deletes them; undefined if there are none. */
export function leftoverWords(
  { context }: Cluster,
  namespace: string,
  left: readonly Leftover[],
): LeftoverWords | undefined {
  if (left.length === 0) return undefined;
  const names = left.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return {
    detail: `${names.join(', ')} of an earlier version is still there, and goes on running or allowing`,
    remedy: `if you do not need it: kubectl --context ${context} --namespace ${namespace} delete ${names.join(' ').toLowerCase()}`,
  };
}
