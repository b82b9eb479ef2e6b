import { describe, expect, test } from '@jest/globals';
import { labels } from '../../charts/lib/workload.ts';
import { web } from '../../charts/workloads/web.ts';
import { object, objects, variants } from '../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const name = `${environment.namespace}-source`;

  test('the source is a volume where it is edited live, and nowhere else', () => {
    const names = (kind: 'PersistentVolume' | 'PersistentVolumeClaim') =>
      objects(environment, kind).map(({ metadata }) => metadata.name);
    expect(names('PersistentVolume')).toEqual(environment.liveEdit ? [name] : []);
    expect(names('PersistentVolumeClaim').filter((each) => each === 'source')).toEqual(
      environment.liveEdit ? ['source'] : [],
    );
  });

  if (!environment.liveEdit) return;
  const { liveEdit } = environment;

  test('the volume is the folder of the node, which must be there, read-only and for this claim only', () => {
    const { metadata, spec } = object(environment, 'PersistentVolume', name);
    expect(metadata).toEqual({ name, labels: labels(environment, web) });
    expect(spec).toEqual({
      accessModes: ['ReadOnlyMany'],
      capacity: { storage: '1Gi' },
      claimRef: { namespace: environment.namespace, name: 'source' },
      hostPath: { path: liveEdit.nodePath, type: 'Directory' },
      persistentVolumeReclaimPolicy: 'Retain',
    });
  });

  test('the claim takes this volume, and no class of storage makes it another one', () => {
    const { metadata, spec } = object(environment, 'PersistentVolumeClaim', 'source');
    expect(metadata).toEqual({
      name: 'source',
      namespace: environment.namespace,
      labels: labels(environment, web),
    });
    expect(spec).toEqual({
      accessModes: ['ReadOnlyMany'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      volumeName: name,
    });
  });
});
