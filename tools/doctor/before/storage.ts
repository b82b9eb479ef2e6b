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
  // Of several, Kubernetes takes the newest.
  const found = classes
    .filter(({ metadata }) => metadata.annotations?.[isDefault] === 'true')
    .toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0];
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
