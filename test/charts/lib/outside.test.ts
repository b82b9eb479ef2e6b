import { describe, expect, test } from '@jest/globals';
import { dns, fromVisitors, toKubernetesApi, toObjectStore } from '../../../charts/lib/outside.ts';
import { production } from '../../../environments/production.ts';
import { locally, ownObjectStore } from '../../lib/manifests.ts';

const block = (cidr: string) => ({ ipBlock: { cidr } });
const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

test("names are asked of the cluster's DNS only, by UDP and, for long answers, by TCP", () => {
  const to = {
    name: 'cluster-dns',
    peers: [{ ...inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
  };
  expect(dns).toEqual([
    { to, port: 53, protocol: 'UDP', why: expect.stringMatching(/./) },
    { to, port: 53, why: expect.stringMatching(/./) },
  ]);
});

test('the Kubernetes API is where the environment says', () => {
  const kubernetesApi = { cidrs: ['10.1.0.0/16', '10.2.0.0/16'], port: 443 } as const;
  expect(toKubernetesApi({ ...production, kubernetesApi }, 'because')).toEqual({
    to: { name: 'kubernetes-api', peers: [block('10.1.0.0/16'), block('10.2.0.0/16')] },
    port: 443,
    why: 'because',
  });
});

describe('the object store is', () => {
  const backups = (reachedAt: (typeof ownObjectStore)['reachedAt']) => ({
    ...production.backups,
    objectStore: { ...ownObjectStore, reachedAt },
  });

  test('at addresses', () => {
    expect(toObjectStore(backups({ cidrs: ['192.0.2.0/24', '198.51.100.0/24'] }), 'because')).toEqual({
      to: { name: 'object-store', peers: [block('192.0.2.0/24'), block('198.51.100.0/24')] },
      port: ownObjectStore.port,
      why: 'because',
    });
  });

  test('or in a namespace of the cluster', () => {
    expect(toObjectStore(backups({ namespace: 'store' }), 'because')).toEqual({
      to: { name: 'object-store', peers: [inNamespace('store')] },
      port: ownObjectStore.port,
      why: 'because',
    });
  });
});

describe('visitors come', () => {
  test("from the Ingress controller's namespace", () => {
    expect(fromVisitors(production, 8080)).toEqual({
      from: {
        name: 'ingress-controller',
        peers: [inNamespace(production.address.controllerNamespace)],
      },
      port: 8080,
      why: expect.stringContaining('Ingress'),
    });
  });

  test("or, on a local cluster, from Docker's networks, in which no pod is", () => {
    expect(fromVisitors(locally('production'), 8080)).toEqual({
      from: { name: 'this-machine', peers: [block('172.16.0.0/12'), block('192.168.0.0/16')] },
      port: 8080,
      why: expect.stringContaining('NodePort'),
    });
  });
});
