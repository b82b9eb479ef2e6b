import { describe, expect, test } from '@jest/globals';
import type { IngressAddress } from '../../../environments/address.ts';
import type { Cluster } from '../../../environments/cluster.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { validate } from '../../../environments/validate.ts';
import { blockOf, unseenOf } from '../../../tools/survey/block.ts';
import { askAll } from '../../../tools/survey/questions.ts';
import { type Answers, clusterBefore, published } from '../../lib/before.ts';
import { k3s, kind, managed, openShift } from '../../lib/clusters.ts';

/** An environment whose file says nothing of the cluster. */
const silent: AnyEnvironment = { ...published, cluster: undefined };

async function survey(answers: Answers, environment = silent) {
  const answered = await askAll(clusterBefore(answers), environment);
  return { block: blockOf(answered, environment), unseen: unseenOf(answered), answered };
}

/** What a block says, once it is put into a file. */
function read(block: string): Cluster {
  return whole(block).cluster;
}

function whole(block: string): { readonly address: IngressAddress; readonly cluster: Cluster } {
  return new Function(`return { ${block} }`)();
}

const clusters = { kind, managed, k3s, openShift };

describe.each(Object.entries(clusters))('%s', (_, answers) => {
  test('works with the block, and nothing is found that it differs in', async () => {
    const { block } = await survey(answers);
    const environment: AnyEnvironment = { ...silent, ...whole(block) } as AnyEnvironment;
    expect(validate({ production: environment })).toEqual([]);
    const again = await survey(answers, environment);
    expect(again.answered.filter(({ answer }) => !('why' in answer) && !answer.fits)).toEqual([]);
    expect(again.block).toBe(block);
  });
});

test('kind needs no value', async () => {
  const { block, unseen } = await survey(kind);
  expect(read(block)).toEqual({});
  expect(block.split('\n')).toEqual([
    'address: {',
    "  kind: 'ingress',",
    "  host: 'coped.example.org',",
    "  tls: { secretName: 'coped-tls' },",
    '  // there are: traefik (traefik.io/ingress-controller)',
    "  className: 'traefik',",
    '  // 1 of 1 pods of traefik.io/ingress-controller are ready: traefik-1 of traefik',
    "  from: [{ namespace: 'traefik', labels: { 'app.kubernetes.io/name': 'traefik' } }],",
    '},',
    'cluster: {',
    '  // dns: the default; Service kube-dns in kube-system leads to coredns-1, port 53',
    '  // kubernetesApi: the default; it is at 172.18.0.2, port 6443 (EndpointSlice kubernetes of default)',
    '  // domain: the default; the Corefile of ConfigMap coredns in kube-system has cluster.local; the kubelet of coped-control-plane has cluster.local',
    '  // storageClasses.data: the default; there are: standard (rancher.io/local-path, Delete, the default)',
    '  // storageClasses.scratch: the default; standard (rancher.io/local-path, Delete, the default)',
    '  // ipFamilies: the default; pods of a node have addresses in 10.244.0.0/24',
    '  // cpuLimitMillicores: the default; no ResourceQuota has limits.cpu in coped-production',
    '  // userId: the default; no annotation openshift.io/sa.scc.uid-range of coped-production chooses another',
    '  // createsNamespace: the default; coped-production is there, and you may make and change namespaces',
    '  // imagePullSecret: the default; coped-production has no Secret of type kubernetes.io/dockerconfigjson',
    '},',
  ]);
  expect(unseen).toEqual([]);
});

test('a cluster of a provider', async () => {
  const { block, unseen } = await survey(managed);
  expect(read(block)).toEqual({
    dns: {
      at: [
        { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
        { namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } },
        { cidrs: ['169.254.20.10/32', '10.96.0.10/32'] },
      ],
    },
    kubernetesApi: { cidrs: ['34.90.1.2/32'], port: 443 },
    storageClasses: { data: 'premium-keep' },
  });
  expect(block).toContain(
    '  // Service kube-dns in kube-system leads to coredns-1, port 53; on the nodes 169.254.20.10, 10.96.0.10 answers\n  dns: { at: [',
  );
  expect(whole(block).address).toMatchObject({
    className: 'nginx',
    // Its own address, that of Calico's tunnel, and that of Flannel's.
    from: [{ cidrs: ['10.164.0.2/32', '10.4.0.9/32', '10.164.0.3/32', '10.4.1.0/32'] }],
  });
  expect(unseen).toEqual([
    'address.from: nodes that join later have other addresses\n  → ask who runs the cluster for the address range of all its nodes',
  ]);
});

test('k3s', async () => {
  const { block, unseen } = await survey(k3s);
  expect(read(block)).toEqual({
    kubernetesApi: { cidrs: ['203.0.113.7/32'], port: 6443 },
    storageClasses: { data: 'local-path', scratch: 'local-path' },
    ipFamilies: ['IPv4', 'IPv6'],
  });
  expect(whole(block).address.from).toEqual([
    { namespace: 'kube-system', labels: { 'app.kubernetes.io/name': 'traefik' } },
  ]);
  expect(unseen).toEqual([]);
});

test('OpenShift', async () => {
  const { block, unseen } = await survey(openShift);
  expect(read(block)).toEqual({
    dns: {
      at: [{ namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } }],
      ports: [5353],
    },
    domain: 'corp.internal',
    storageClasses: { scratch: 'thin-short' },
    cpuLimitMillicores: 1000,
    userId: 1000680000,
    createsNamespace: false,
    imagePullSecret: 'registry',
  });
  expect(whole(block).address).toMatchObject({
    className: 'openshift-default',
    from: [
      {
        namespace: 'openshift-ingress',
        labels: { 'ingresscontroller.operator.openshift.io/deployment-ingresscontroller': 'default' },
      },
    ],
  });
  expect(unseen).toEqual([]);
});
