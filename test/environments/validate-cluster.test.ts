import { expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { count, host, name, places, port, problems, ranges, shown } from '../lib/refusals.ts';

const { staging } = environments;

const apiAt = { port: 6443, cidrs: ['10.0.0.0/8'] };
const ports = 'ports, 1 to 65535, at least one';
const families = "'IPv4', 'IPv6' or both, each once";
const user = 'a user that is not root, 1 to 2147483647';
const pods = { namespace: 'dns', labels: { 'k8s-app': 'kube-dns' } };
test.each<
  [path: string, cluster: (value: unknown) => object, expected: string, bad: unknown[], good: unknown[]]
>([
  ['kubernetesApi.port', (port) => ({ kubernetesApi: { ...apiAt, port } }), port, [0, 65536], [1, 443]],
  [
    'kubernetesApi.cidrs',
    (cidrs) => ({ kubernetesApi: { ...apiAt, cidrs } }),
    ranges,
    [[], ['10']],
    [['10.0.0.0/8', 'fd00::/8']],
  ],
  [
    'dns.ports',
    (ports) => ({ dns: { at: [pods], ports } }),
    ports,
    [[], [0], [53, 65536]],
    [[53], [5353, 53]],
  ],
  [
    'dns.at',
    (at) => ({ dns: { at } }),
    places,
    [
      [],
      [{ namespace: 'The DNS' }],
      [{ ...pods, labels: {} }],
      [{ ...pods, labels: { 'k8s-app': 'kube dns' } }],
      [{ ...pods, labels: { '-app': 'dns' } }],
      [{ ...pods, labels: { 'a/b/c': 'dns' } }],
      [{ ...pods, labels: { 'A_/c': 'dns' } }],
      [{ ...pods, labels: { 'Example/app': 'dns' } }],
      [{ ...pods, labels: { '': 'dns' } }],
      [{ ...pods, labels: { a: `${'x'.repeat(64)}` } }],
      [pods, { cidrs: [] }],
      [{ cidrs: ['169.254.20.10'] }],
    ],
    [
      [pods],
      [{ namespace: 'dns' }],
      [{ ...pods, labels: { 'example.org/app': '', App: 'x'.repeat(63) } }, { cidrs: ['169.254.20.10/32'] }],
    ],
  ],
  ['domain', (domain) => ({ domain }), host, ['', 'corp.internal.', 'Corp'], ['corp.internal']],
  ['storageClasses.data', (data) => ({ storageClasses: { data } }), name, ['', 'Fast'], ['fast']],
  ['storageClasses.scratch', (scratch) => ({ storageClasses: { scratch } }), name, ['', 'Fast'], ['fast']],
  [
    'ipFamilies',
    (ipFamilies) => ({ ipFamilies }),
    families,
    [[], ['IPv4', 'IPv4'], ['ipv6']],
    [['IPv6', 'IPv4']],
  ],
  ['cpuLimitMillicores', (cpuLimitMillicores) => ({ cpuLimitMillicores }), count, [0, 1.5], [1, 4000]],
  ['userId', (userId) => ({ userId }), user, [0, 2 ** 31, 1.5], [1, 1000650000, 2 ** 31 - 1]],
  ['imagePullSecret', (imagePullSecret) => ({ imagePullSecret }), name, ['The Registry'], ['registry']],
])('cluster.%s is refused where it cannot work', (path, cluster, expected, bad, good) => {
  const refused = (value: unknown) => problems({ ...staging, cluster: cluster(value) });
  for (const value of bad)
    expect(refused(value)).toEqual([
      `environments/staging.ts: cluster.${path} is ${shown(value)}, expected ${expected}`,
    ]);
  for (const value of good) expect([value, refused(value)]).toEqual([value, []]);
});
