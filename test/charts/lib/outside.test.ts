import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  fromVisitors,
  toDns,
  toKubernetesApi,
  toObjectStore,
  toReached,
} from '../../../charts/lib/outside.ts';
import type { Cluster } from '../../../environments/cluster.ts';
import { production } from '../../../environments/production.ts';
import { gatewayAddress, wholeIngress } from '../../lib/addresses.ts';
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
  expect(toDns(production)).toEqual([
    { to, port: 53, protocol: 'UDP', why: expect.stringMatching(/./) },
    { to, port: 53, why: expect.stringMatching(/./) },
  ]);
});

test('names are asked of every place that the cluster has for it, on each of its ports', () => {
  const dns = {
    at: [
      { namespace: 'openshift-dns', labels: { dns: 'default' } },
      { namespace: 'node-cache' },
      { cidrs: ['169.254.20.10/32', 'fd00::10/128'] },
    ],
    ports: [53, 5353],
  } as const;
  const connections = toDns({ ...production, cluster: { dns } });
  expect(connections.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`)).toEqual([
    '53/UDP',
    '53/TCP',
    '5353/UDP',
    '5353/TCP',
  ]);
  for (const { to } of connections)
    expect(to).toEqual({
      name: 'cluster-dns',
      peers: [
        { ...inNamespace('openshift-dns'), podSelector: { matchLabels: { dns: 'default' } } },
        inNamespace('node-cache'),
        block('169.254.20.10/32'),
        block('fd00::10/128'),
      ],
    });
});

test('the Kubernetes API is where the cluster has it', () => {
  const kubernetesApi = { cidrs: ['10.1.0.0/16', '10.2.0.0/16'], port: 443 } as const;
  expect(toKubernetesApi({ ...production, cluster: { kubernetesApi } }, 'because')).toEqual({
    to: { name: 'kubernetes-api', peers: [block('10.1.0.0/16'), block('10.2.0.0/16')] },
    port: 443,
    why: 'because',
  });
});

test('or only Cilium knows where the Kubernetes API is', () => {
  const kubernetesApi = { policy: 'cilium', port: 443 } as const;
  expect(toKubernetesApi({ ...production, cluster: { kubernetesApi } }, 'because')).toEqual({
    to: { name: 'kubernetes-api', entity: 'kube-apiserver' },
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
      from: { name: 'ingress-controller', peers: [inNamespace('traefik')] },
      port: 8080,
      why: expect.stringContaining('Ingress'),
    });
  });

  test('from some of its pods only, and from addresses of which policies know no pod', () => {
    expect(fromVisitors({ ...production, address: wholeIngress }, 8080).from.peers).toEqual([
      { ...inNamespace('ingress'), podSelector: { matchLabels: { app: 'controller' } } },
      block('192.0.2.0/28'),
      block('2001:db8::/64'),
    ]);
  });

  test("from the Gateway's pods", () => {
    expect(fromVisitors({ ...production, address: gatewayAddress }, 8080)).toEqual({
      from: { name: 'gateway', peers: [inNamespace('gateways')] },
      port: 8080,
      why: expect.stringContaining('Gateway'),
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

test.each([
  [['IPv4'], ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], ['172.16.0.0/12', '192.168.0.0/16']],
  [['IPv6'], ['fc00::/7'], ['fc00::/8']],
  [
    ['IPv6', 'IPv4'],
    ['fc00::/7', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
    ['fc00::/8', '172.16.0.0/12', '192.168.0.0/16'],
  ],
] as const)('private addresses are of the families of the cluster: %j', (ipFamilies, api, machine) => {
  const cluster = { ipFamilies };
  expect(toKubernetesApi({ ...production, cluster }, 'because').to).toMatchObject({ peers: api.map(block) });
  expect(fromVisitors({ ...locally('production'), cluster }, 8080).from.peers).toEqual(machine.map(block));
});

describe('what an application reaches', () => {
  const reach = { what: 'service', port: 443, why: 'because' };

  test('is at the addresses that it names', () => {
    expect(toReached(production, [{ ...reach, cidrs: ['203.0.113.0/24', '2001:db8::/32'] }])).toEqual([
      {
        to: { name: 'service', peers: [block('203.0.113.0/24'), block('2001:db8::/32')] },
        port: 443,
        why: 'because',
      },
    ]);
    expect(toReached(production)).toEqual([]);
  });

  /** Whether a policy with these peers lets a connection to an address through. */
  function letsThrough(address: string, ipFamilies?: Cluster['ipFamilies']): boolean {
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const holds = (range: string) => {
      const [network = '', prefix = ''] = range.split('/');
      if (network.includes(':') !== address.includes(':')) return false;
      const list = new BlockList();
      list.addSubnet(network, Number(prefix), family);
      return list.check(address, family);
    };
    const cluster = ipFamilies && { ipFamilies };
    const [connection] = toReached({ ...production, cluster }, [{ ...reach, cidrs: 'internet' }]);
    const peers = connection !== undefined && 'peers' in connection.to ? connection.to.peers : [];
    return peers.some(({ ipBlock }) =>
      ipBlock ? holds(ipBlock.cidr) && !(ipBlock.except ?? []).some(holds) : false,
    );
  }

  test.each(['1.1.1.1', '9.255.255.255', '11.0.0.1', '172.15.0.1', '172.32.0.1', '223.255.255.255'])(
    'on the internet can be %s',
    (address) => expect(letsThrough(address)).toBe(true),
  );

  test.each([
    ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
    ...['192.168.0.1', '224.0.0.1', '255.255.255.255'],
    ...['::1', '2606:4700::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'fd00:ec2::254', 'fe80::1', 'ff02::1'],
  ])('on the internet cannot be %s', (address) => expect(letsThrough(address)).toBe(false));

  test.each(['2606:4700::1', '2a00:1450:4001::1', '3fff:ffff::1', '2001:4860:4860::8888'])(
    'on the internet can be %s where pods have addresses of IPv6',
    (address) => {
      expect(letsThrough(address, ['IPv6'])).toBe(true);
      expect(letsThrough(address, ['IPv4', 'IPv6'])).toBe(true);
    },
  );

  test.each([
    ...['::1', '::', '::ffff:10.0.0.1', '::10.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::a00:1', '100::1'],
    ...['fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1', '4000::1'],
    ...['2001::a00:1', '2001:db8::1', '2002:a00:1::1', '3fff::1', '10.0.0.1', '169.254.169.254'],
  ])('on the internet cannot be %s there', (address) => {
    expect(letsThrough(address, ['IPv4', 'IPv6'])).toBe(false);
  });

  test('on the internet is no address of IPv4 where pods have none', () => {
    expect(letsThrough('1.1.1.1', ['IPv6'])).toBe(false);
    expect(letsThrough('1.1.1.1', ['IPv6', 'IPv4'])).toBe(true);
  });
});
