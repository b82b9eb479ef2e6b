import { expect, test } from '@jest/globals';
import { leftovers } from '../../../tools/cluster/leftovers.ts';
import { manifestsOf, namespacedKinds } from '../../../tools/cluster/manifests.ts';
import { clusterBefore, groups, published } from '../../lib/before.ts';

test('every kind of object is looked for but claims, which hold data', async () => {
  const cluster = clusterBefore();
  expect(await leftovers(cluster, published, manifestsOf(published))).toEqual([]);
  const kinds = namespacedKinds
    .filter((kind) => kind !== 'PersistentVolumeClaim')
    .map((kind) => kind.toLowerCase());
  expect(kinds).toHaveLength(namespacedKinds.length - 1);
  expect(cluster.asked).toEqual([
    'get --raw /apis',
    `get ${kinds.join(',')} --namespace coped-production ` +
      '--selector app.kubernetes.io/part-of=coped,app.kubernetes.io/managed-by=cdk8s --ignore-not-found -o json',
  ]);
});

test.each([
  ['cilium.io', 'ciliumnetworkpolicy'],
  ['gateway.networking.k8s.io', 'httproute'],
])('a kind of %s is looked for where the cluster has it', async (group, kind) => {
  const cluster = clusterBefore({ 'get --raw /apis': groups(group) });
  await leftovers(cluster, published, manifestsOf(published));
  expect(cluster.asked.at(-1)).toMatch(new RegExp(`^get configmap,.*,statefulset,${kind} --namespace`));
});
