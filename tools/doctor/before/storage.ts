import type { WantedVolume } from '../../../charts/lib/media.ts';
import { list } from '../../cluster/cluster.ts';
import type { StorageClass } from '../../cluster/objects.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

const isDefault = 'storageclass.kubernetes.io/is-default-class';

/**
 * Whether the cluster makes volumes for claims that name no StorageClass, and what becomes of these volumes.
 *
 * @see https://kubernetes.io/docs/concepts/storage/storage-classes/
 */
export async function storageClass({ cluster }: Pick<Patient, 'cluster'>): Promise<Finding> {
  const classes = await list<StorageClass>(cluster, ['storageclasses']);
  const found = defaultOf(classes);
  const names = classes.map(({ metadata }) => metadata.name);
  if (!found)
    return bad(
      `none is the default, so Postgres and Elasticsearch get no volumes; there are: ${names.join(', ') || 'none'}`,
      names.length === 0
        ? 'ask who runs the cluster for one'
        : `kubectl annotate storageclass NAME ${isDefault}=true`,
    );
  const { name } = found.metadata;
  const lacks = [
    ...(found.allowVolumeExpansion
      ? []
      : [
          {
            detail: 'cannot make a volume larger: to grow, members get new volumes one by one',
            remedy: `kubectl patch storageclass ${name} --patch '{"allowVolumeExpansion":true}', if its driver can`,
          },
        ]),
    ...(found.reclaimPolicy === 'Retain'
      ? []
      : [
          {
            detail: 'deletes a volume with its claim, and so the data with the namespace',
            remedy: `make one with reclaimPolicy Retain the default, as it cannot be changed in ${name} (docs/volumes.md)`,
          },
        ]),
  ];
  return lacks.length === 0
    ? good(`${name} makes volumes, can make them larger, and keeps those whose claim is deleted`)
    : warning(
        `${name} ${lacks.map(({ detail }) => detail).join('; it ')}`,
        lacks.map(({ remedy }) => remedy).join('; '),
      );
}

/**
 * Drivers that make disks, of which one node at a time has the file system.
 *
 * @see https://kubernetes-csi.github.io/docs/drivers.html
 */
const disks: readonly string[] = [
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

/** Whether the StorageClass of the uploads is there, and can make a volume that pods on several nodes share. */
export async function uploadsClass(
  { cluster, environment: { kind } }: Pick<Patient, 'cluster' | 'environment'>,
  { storageClassName, accessMode }: WantedVolume,
): Promise<Finding> {
  const classes = await list<StorageClass>(cluster, ['storageclasses']);
  const found =
    storageClassName === undefined
      ? defaultOf(classes)
      : classes.find(({ metadata }) => metadata.name === storageClassName);
  const place = `environments/application.ts, media.volume.${kind}`;
  const names = classes.map(({ metadata }) => metadata.name).join(', ') || 'none';
  if (!found)
    return bad(
      `there is no StorageClass ${storageClassName ?? 'that is the default'}, so the uploads get no volume; there are: ${names}`,
      `${place}.storageClassName: one of these that shares files between nodes`,
    );
  const made = `${found.metadata.name} (${found.provisioner})`;
  return accessMode === 'ReadWriteMany' && disks.includes(found.provisioner)
    ? bad(
        `${made} makes disks of one node, and pods on several nodes share the uploads; there are: ${names}`,
        `${place}.storageClassName: one that shares files (NFS, CephFS, EFS, Azure Files); or accessMode 'ReadWriteOnce', if the cluster has one node`,
      )
    : good(`${made} makes their volume, ${accessMode}`);
}

/** The class of claims that name none. Of several, Kubernetes takes the newest. */
function defaultOf(classes: readonly StorageClass[]): StorageClass | undefined {
  return classes
    .filter(({ metadata }) => metadata.annotations?.[isDefault] === 'true')
    .toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0];
}
