import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, list } from '../cluster/cluster.ts';
import type { PersistentVolumeClaim, StorageClass } from '../cluster/objects.ts';
import { answer, Lacking, NotSeen, type Question } from './question.ts';

const isDefault = 'storageclass.kubernetes.io/is-default-class';

/**
 * Drivers that make disks, of which one node at a time has the file system.
 *
 * @see https://kubernetes-csi.github.io/docs/drivers.html
 */
export const disks: readonly string[] = [
  'cinder.csi.openstack.org',
  'csi.hetzner.cloud',
  'disk.csi.azure.com',
  'dobs.csi.digitalocean.com',
  'ebs.csi.aws.com',
  'linodebs.csi.linode.com',
  'pd.csi.storage.gke.io',
  'rancher.io/local-path',
  'rbd.csi.ceph.com',
];

/** The class of claims that name none. Of several, Kubernetes takes the newest. */
export function defaultOf(classes: readonly StorageClass[]): StorageClass | undefined {
  return classes
    .filter(({ metadata }) => metadata.annotations?.[isDefault] === 'true')
    .toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0];
}

/** `fast, slow`, or `none` */
export function namesOf(classes: readonly StorageClass[]): string {
  return classes.map(({ metadata }) => metadata.name).join(', ') || 'none';
}

export const dataClass: Question = {
  value: 'cluster.storageClasses.data',
  title: 'StorageClass',
  otherwise: 'Postgres and Elasticsearch get no volumes',
  ask: 'for the name of a StorageClass, if possible of one that keeps volumes (reclaimPolicy Retain) and can make them larger',
  orElse: ({ context }) => `kubectl --context ${context} annotate storageclass NAME ${isDefault}=true`,
  look: async (cluster, environment) => {
    const classes = await classesOf(cluster);
    const given = environment.cluster?.storageClasses?.data;
    const works = (name: string | undefined) =>
      name === undefined ? defaultOf(classes) !== undefined : classes.some(isCalled(name));
    const all = `${defaultOf(classes) ? '' : 'none is the default; '}there are: ${classes.map(textOf).join('; ')}`;
    const claim = await claimOf(cluster, environment);
    // A StatefulSet's claims cannot change.
    const best = claim === undefined ? keeping(classes) : classes.find(isCalled(`${given}`));
    const isLeftOut = best === undefined || best === defaultOf(classes);
    const how = claim === undefined ? all : `${claim} is there already, so it stays as it is; ${all}`;
    const value = isLeftOut ? undefined : best.metadata.name;
    return answer({ value, how, works, isDefault: isLeftOut && works(undefined) }, given, undefined);
  },
};

export const scratchClass: Question = {
  value: 'cluster.storageClasses.scratch',
  title: 'scratch StorageClass',
  otherwise: 'each restore test leaves a volume behind, or gets none',
  isRisk: true,
  ask: 'for the name of a StorageClass that deletes volumes with their claims (reclaimPolicy Delete), or delete by hand those that restore tests leave',
  look: async (cluster, environment) => {
    const classes = await classesOf(cluster);
    const usual = defaultOf(classes);
    const like = usual ?? keeping(classes);
    const deleting = classes.filter(({ reclaimPolicy = 'Delete' }) => reclaimPolicy === 'Delete');
    const best = [usual, ...deleting.filter(isLike(like)), ...deleting].find(
      (each) => each !== undefined && deleting.includes(each),
    );
    if (!best && environment.backups !== undefined)
      throw new NotSeen(`no StorageClass deletes volumes; there are: ${classes.map(textOf).join('; ')}`);
    const works = (name: string | undefined) =>
      environment.backups === undefined ||
      deleting.some((each) => (name === undefined ? each === usual : isCalled(name)(each)));
    return answer<string | undefined>(
      {
        value: best?.metadata.name,
        how: best ? textOf(best) : 'it makes no backups, so it tests none',
        works,
      },
      environment.cluster?.storageClasses?.scratch,
      undefined,
    );
  },
};

/** @throws Lacking when there is none */
async function classesOf(cluster: Cluster): Promise<readonly StorageClass[]> {
  const classes = await list<StorageClass>(cluster, ['storageclasses']);
  if (classes.length === 0) throw new Lacking('there is no StorageClass');
  return classes;
}

/** A claim of what the environment keeps, if it has any already. */
async function claimOf(cluster: Cluster, { namespace }: AnyEnvironment): Promise<string | undefined> {
  const claims = await list<PersistentVolumeClaim>(cluster, [
    'persistentvolumeclaims',
    '--namespace',
    namespace,
  ]);
  const found = claims.find(({ metadata }) => metadata.name.startsWith('data-'));
  return found && `the claim ${found.metadata.name}`;
}

/**
 * The class for what is kept: the default, unless another one makes the same volumes and retains them. Without a default,
 * one that makes disks, retains them and can make them larger, as far as there is one.
 */
function keeping(classes: readonly StorageClass[]): StorageClass | undefined {
  const usual = defaultOf(classes);
  if (usual?.reclaimPolicy === 'Retain') return usual;
  if (usual) return classes.filter(isLike(usual)).find(retains) ?? usual;
  const merit = (each: StorageClass) =>
    (disks.includes(each.provisioner) ? 4 : 0) +
    (retains(each) ? 2 : 0) +
    (each.allowVolumeExpansion ? 1 : 0);
  return classes.toSorted((a, b) => merit(b) - merit(a))[0];
}

const retains = ({ reclaimPolicy }: StorageClass) => reclaimPolicy === 'Retain';
const isCalled =
  (name: string) =>
  ({ metadata }: StorageClass) =>
    metadata.name === name;
const isLike = (other: StorageClass | undefined) => (each: StorageClass) =>
  each.provisioner === other?.provisioner;

/** `fast (ebs.csi.aws.com, Retain, can make volumes larger, the default)` */
function textOf({ metadata, provisioner, reclaimPolicy = 'Delete', ...rest }: StorageClass): string {
  const words = [
    provisioner,
    reclaimPolicy,
    ...(rest.allowVolumeExpansion ? ['can make volumes larger'] : []),
    ...(metadata.annotations?.[isDefault] === 'true' ? ['the default'] : []),
  ];
  return `${metadata.name} (${words.join(', ')})`;
}
