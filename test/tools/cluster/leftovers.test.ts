import { expect, test } from '@jest/globals';
import { leftovers } from '../../../tools/cluster/leftovers.ts';
import { manifestsOf, namespacedKinds } from '../../../tools/cluster/manifests.ts';
import { clusterBefore, published } from '../../lib/before.ts';

test('every kind of object is looked for but claims, which hold data', async () => {
  const cluster = clusterBefore();
  expect(await leftovers(cluster, published, manifestsOf(published))).toEqual([]);
  const kinds = namespacedKinds
    .filter((kind) => kind !== 'PersistentVolumeClaim')
    .map((kind) => kind.toLowerCase());
  expect(kinds).toHaveLength(namespacedKinds.length - 1);
  expect(cluster.asked).toEqual([
    `get ${kinds.join(',')} --namespace coped-production ` +
      '--selector app.kubernetes.io/part-of=coped,app.kubernetes.io/managed-by=cdk8s --ignore-not-found -o json',
  ]);
});
