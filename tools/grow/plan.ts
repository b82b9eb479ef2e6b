import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, get, list } from '../cluster/cluster.ts';
import type { PersistentVolumeClaim, StorageClass } from '../cluster/objects.ts';
import { amount } from '../cluster/quantity.ts';
import { UserError } from '../terminal/user-error.ts';

/** The workloads that have volumes. */
type Workload = 'postgres' | 'elasticsearch';

/** What is to be done to the volumes of a workload; see {@link growthOf}. */
export interface Growth {
  readonly workload: Workload;
  readonly to: string;
  /** Claims that request less, or that have less although the StorageClass can expand. */
  readonly small: readonly PersistentVolumeClaim[];
  /** `expand`: the StorageClass makes volumes larger. `replace`: members get new ones and copy the data. */
  readonly how: 'nothing' | 'expand' | 'replace';
}

/**
 * What is to be done to the volumes of a workload that is deployed.
 *
 * @throws UserError when there are none, or when nothing can be done
 */
export async function plan(
  cluster: Cluster,
  environment: AnyEnvironment,
  workload: Workload,
): Promise<Growth> {
  const { namespace } = environment;
  const claims = await list<PersistentVolumeClaim>(cluster, [
    'persistentvolumeclaims',
    '--namespace',
    namespace,
    '--selector',
    `app.kubernetes.io/name=${workload},app.kubernetes.io/instance=${namespace}`,
  ]);
  const items = claims.filter(({ metadata }) => metadata.name.startsWith(`data-${workload}-`));
  if (items.length === 0)
    throw new UserError(
      `${namespace} has no volumes of ${workload} in "${cluster.context}": is it deployed there?`,
    );
  const className = items[0]?.spec.storageClassName;
  const storageClass = className ? await get<StorageClass>(cluster, ['storageclass', className]) : undefined;
  const members = workload === 'postgres' ? environment.postgres.members : environment.elasticsearch.nodes;
  return growthOf(
    workload,
    environment[workload].storageGibibytes,
    items,
    storageClass?.allowVolumeExpansion ?? false,
    members,
  );
}

/**
 * How the claims of a workload get the wanted size.
 *
 * @throws UserError when one is larger already, or when neither way is possible
 */
export function growthOf(
  workload: Workload,
  storageGibibytes: number,
  claims: readonly PersistentVolumeClaim[],
  canExpand: boolean,
  members: number,
): Growth {
  const to = `${storageGibibytes}Gi`;
  const wanted = bytes(to);
  const larger = claims.find((claim) => bytes(requestedSize(claim)) > wanted);
  if (larger)
    throw new UserError(
      `${larger.metadata.name} asks for ${requestedSize(larger)}, more than the ${to} of the environment: ` +
        'volumes do not shrink; put the larger size into its file',
    );
  // A claim whose expansion failed already requests the new size. A volume that cannot expand keeps its first size.
  const size = canExpand ? presentSize : requestedSize;
  const small = claims.filter((claim) => bytes(size(claim)) < wanted);
  if (small.length === 0) return { workload, to, small, how: 'nothing' };
  if (canExpand) return { workload, to, small, how: 'expand' };
  if (members === 1)
    throw new UserError(
      `the StorageClass of ${small[0]?.metadata.name} cannot make it larger (allowVolumeExpansion), and there is no other ` +
        'member to copy the data from; see docs/volumes.md, "One member"',
    );
  return { workload, to, small, how: 'replace' };
}

function requestedSize({ metadata, spec }: PersistentVolumeClaim): string {
  const size = spec.resources?.requests?.storage;
  if (size === undefined) throw new Error(`the claim ${metadata.name} asks for no size`);
  return `${size}`;
}

/** The size of a claim, or what it requests if that is less or if it has no volume yet. */
function presentSize(claim: PersistentVolumeClaim): string {
  const requested = requestedSize(claim);
  const capacity = `${claim.status?.capacity?.storage ?? requested}`;
  return bytes(capacity) < bytes(requested) ? capacity : requested;
}

/** The statement to which the person has to agree. */
export function statement(namespace: string, { workload, to, small, how }: Growth): string {
  const size = how === 'expand' ? presentSize : requestedSize;
  const names = small.map((claim) => `${claim.metadata.name} (${size(claim)})`).join(', ');
  return how === 'expand'
    ? `${workload} in ${namespace}: its StorageClass makes ${names} larger, to ${to}; the data stays.`
    : `${workload} in ${namespace}: its StorageClass cannot make volumes larger, so the members get new ones of ${to}, one ` +
        `after the other: the claim is DELETED, and the member copies the data from the others. Deleted are: ${names}. ` +
        `Meanwhile there is one copy less${workload === 'postgres' ? '; writes stop for seconds, once, when another member takes over' : ''}.`;
}

/**
 * How many bytes a size of a volume is.
 *
 * @throws Error when it is no size
 */
export function bytes(quantity: string): number {
  const number = amount(quantity);
  if (number === undefined) throw new Error(`a volume of "${quantity}" is not understood`);
  return number;
}
