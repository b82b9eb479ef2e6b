import type { WantedVolume } from '../../../charts/lib/media.ts';
import { list } from '../../cluster/cluster.ts';
import type { StorageClass } from '../../cluster/objects.ts';
import { dataClass, defaultOf, disks, namesOf } from '../../survey/storage.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Check, Patient } from '../patient.ts';
import { fits } from './fits.ts';

/**
 * Whether the cluster makes volumes for what is kept, and what becomes of these volumes.
 *
 * @see https://kubernetes.io/docs/concepts/storage/storage-classes/
 */
export const storageClass: Check = {
  title: dataClass.title,
  look: async (patient) => {
    const [finding, classes] = await Promise.all([fits(dataClass).look(patient), classesOf(patient)]);
    const found = keptIn(classes, patient);
    return finding.level === 'good' && found ? riskOf(found, patient) : finding;
  },
};

const classesOf = ({ cluster }: Pick<Patient, 'cluster'>) => list<StorageClass>(cluster, ['storageclasses']);

/** The class of what the environment keeps. */
function keptIn(classes: readonly StorageClass[], { environment }: Pick<Patient, 'environment'>) {
  const name = environment.cluster?.storageClasses?.data;
  return name === undefined ? defaultOf(classes) : classes.find(({ metadata }) => metadata.name === name);
}

/** What becomes of its volumes. */
function riskOf(found: StorageClass, { cluster }: Pick<Patient, 'cluster'>): Finding {
  const { name } = found.metadata;
  const lacks = [
    ...(found.allowVolumeExpansion
      ? []
      : [
          {
            detail: 'cannot make a volume larger: to grow, members get new volumes one by one',
            remedy: `kubectl --context ${cluster.context} patch storageclass ${name} --patch '{"allowVolumeExpansion":true}', if its driver can`,
          },
        ]),
    ...(found.reclaimPolicy === 'Retain'
      ? []
      : [
          {
            detail: 'deletes a volume with its claim, and so the data with the namespace',
            remedy: `make one with reclaimPolicy Retain, as it cannot be changed in ${name}, and name it in cluster.storageClasses.data (docs/volumes.md)`,
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

/** Whether the StorageClass of the uploads is there, and can make a volume that pods on several nodes share. */
export async function uploadsClass(
  patient: Pick<Patient, 'cluster' | 'environment'>,
  { storageClassName, accessMode }: WantedVolume,
): Promise<Finding> {
  const classes = await classesOf(patient);
  const found =
    storageClassName === undefined
      ? keptIn(classes, patient)
      : classes.find(({ metadata }) => metadata.name === storageClassName);
  const place = `environments/application.ts, media.volume.${patient.environment.kind}`;
  const names = namesOf(classes);
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
