import { expect, test } from '@jest/globals';
import { openProbe } from '../../../../tools/doctor/before/probe.ts';
import { clusterBefore, found, items, probePod, published } from '../../../lib/before.ts';
import { failed, warning } from '../../../lib/doctor.ts';

const pod = { name: 'image-web', image: 'web:1', command: ['true'] };

test('what only reads makes nothing, and nothing is removed', async () => {
  const cluster = clusterBefore();
  const probe = openProbe(cluster, published);
  await found('Kubernetes', cluster, probe);
  await probe.remove();
  expect(cluster.asked.map((question) => question.split(' ')[0])).toEqual(['version']);
});

test('a namespace that enforces restricted is made once, has hardened pods, and is removed', async () => {
  const cluster = clusterBefore();
  const probe = openProbe(cluster, published);
  await Promise.all([probe.start(pod), probe.start({ ...pod, name: 'image-nginx' })]);
  expect(cluster.names()).toEqual([
    `Namespace ${probe.namespace}`,
    'ServiceAccount probe',
    'Pod image-web',
    'Pod image-nginx',
  ]);
  expect(cluster.applied()).toMatchObject([
    { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    {},
    {
      spec: {
        serviceAccountName: 'probe',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [{ name: 'image-web', image: 'web:1', command: ['true'] }],
        restartPolicy: 'Never',
        // A pod that nobody removes any more ends by itself.
        activeDeadlineSeconds: 600,
      },
    },
    {},
  ]);
  await probe.remove();
  expect(cluster.asked.at(-1)).toBe(`delete namespace ${probe.namespace} --ignore-not-found --wait=false`);
});

test('pods that wait at the same time are asked for once', async () => {
  const cluster = clusterBefore();
  const probe = openProbe(cluster, published);
  await probe.made();
  await Promise.all(['image-a', 'image-b', 'image-c'].map((name) => probe.start({ ...pod, name })));
  expect(cluster.asked.filter((question) => question.startsWith('get pods')).length).toBeLessThan(3);
});

test('a pod is looked at again until it runs', async () => {
  const states = [{ waiting: { reason: 'ContainerCreating' } }, { running: {} }];
  const cluster = clusterBefore({
    'get pods --namespace coped-before-': () => items(probePod('image-web', states.shift() ?? {})),
  });
  expect(await openProbe(cluster, published).start(pod)).toMatchObject({
    status: { containerStatuses: [{ state: { running: {} } }] },
  });
});

test('who may not make a namespace is told so by each check that needs it, and by nothing else', async () => {
  const forbidden = await failed(
    'Error from server (Forbidden): namespaces is forbidden: User "jane" cannot create resource "namespaces" in API group "" at the cluster scope',
  );
  const cluster = clusterBefore({
    'apply --namespace coped-before-': forbidden,
    'delete namespace': forbidden,
  });
  const probe = openProbe(cluster, published);
  expect(await found('NetworkPolicies', cluster, probe)).toEqual(
    warning('^could not be seen: User "jane" cannot create resource "namespaces"', 'who runs the cluster'),
  );
  await probe.remove();
  expect(cluster.asked.at(-1)).toContain('delete namespace');
});

test('a namespace that cannot be removed is named, with the command', async () => {
  const cluster = clusterBefore({ 'delete namespace': await failed('the server does not answer') });
  const probe = openProbe(cluster, published);
  await probe.made();
  await expect(probe.remove()).rejects.toThrow(
    `is still there: the server does not answer\nremove it: kubectl --context test delete namespace ${probe.namespace}`,
  );
});

test('a removal ends what waits for a pod', async () => {
  let removed = () => {};
  const asked = new Promise<void>((resolve) => {
    removed = resolve;
  });
  const cluster = clusterBefore({
    'get pods --namespace coped-before-': () => {
      removed();
      return items();
    },
  });
  const probe = openProbe(cluster, published);
  const waiting = probe.start(pod);
  await asked;
  await probe.remove();
  await expect(waiting).rejects.toThrow('were removed');
});
