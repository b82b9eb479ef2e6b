import { describe, expect, test } from '@jest/globals';
import { leftovers } from '../../../tools/cluster/leftovers.ts';
import { manifestsOf, namespacedKinds } from '../../../tools/cluster/manifests.ts';
import { type Answers, clusterBefore, groups, items, kinds, published } from '../../lib/before.ts';
import { forbidden } from '../../lib/clusters.ts';
import { failed } from '../../lib/doctor.ts';

test('every kind of object is looked for but claims, which hold data', async () => {
  const cluster = clusterBefore();
  expect(await leftovers(cluster, published, manifestsOf(published))).toEqual([]);
  const wanted = namespacedKinds
    .filter((kind) => kind !== 'PersistentVolumeClaim')
    .map((kind) => kind.toLowerCase());
  expect(wanted).toHaveLength(namespacedKinds.length - 1);
  expect(cluster.asked).toEqual([
    `get ${wanted.join(',')} --namespace coped-production ` +
      '--selector app.kubernetes.io/part-of=coped,app.kubernetes.io/managed-by=cdk8s --ignore-not-found -o json',
    'get --raw /apis',
  ]);
});

const custom = [
  ['cilium.io', 'v2', 'CiliumNetworkPolicy'],
  ['external-secrets.io', 'v1', 'ExternalSecret'],
  ['gateway.networking.k8s.io', 'v1', 'HTTPRoute'],
] as const;

describe.each(custom)('of %s/%s, a %s', (group, version, kind) => {
  const api = `get --raw /apis/${group}/${version}`;
  const all = { 'get --raw /apis': groups(group) };
  const own = `${kind.toLowerCase()} --namespace coped-production`;
  const asks = new RegExp(`^get \\S*\\b${kind.toLowerCase()} --namespace`);
  const old = { kind, metadata: { name: 'old' } };
  const look = async (answers: Answers) => {
    const cluster = clusterBefore({ ...answers, ...all });
    const left = await leftovers(cluster, published, manifestsOf(published));
    return { left, isAsked: cluster.asked.some((question) => asks.test(question)) };
  };

  test('is looked for where the cluster has it', async () =>
    expect(await look({ [api]: kinds('Other', kind), [own]: items(old) })).toEqual({
      left: [old],
      isAsked: true,
    }));

  test('is not asked for where the cluster has other kinds of the group only', async () =>
    expect(await look({ [api]: kinds('Other') })).toEqual({ left: [], isAsked: false }));

  test('is not asked for where the cluster has another version only', async () =>
    expect(
      await look({ [api]: await failed('Error from server (NotFound): the server could not find it') }),
    ).toEqual({ left: [], isAsked: false }));

  test('that may not be listed does not keep the others from being found', async () => {
    const found = { kind: 'ConfigMap', metadata: { name: 'old' } };
    const answers = {
      [api]: kinds(kind),
      [own]: await forbidden(kind),
      'get configmap,cronjob': items(found),
    };
    expect(await look(answers)).toEqual({ left: [found], isAsked: true });
  });
});
