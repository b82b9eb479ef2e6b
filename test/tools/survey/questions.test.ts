import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../../environments/cluster.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { wantedPods } from '../../../tools/cluster/requests.ts';
import { cpuLimit } from '../../../tools/survey/cpu-limit.ts';
import { dns } from '../../../tools/survey/dns.ts';
import { domain } from '../../../tools/survey/domain.ts';
import { ipFamilies } from '../../../tools/survey/ip-families.ts';
import { kubernetesApi } from '../../../tools/survey/kubernetes-api.ts';
import { createsNamespace, userId } from '../../../tools/survey/namespace.ts';
import { imagePullSecret } from '../../../tools/survey/pull-secret.ts';
import { answerTo, type Question } from '../../../tools/survey/question.ts';
import { dataClass, scratchClass } from '../../../tools/survey/storage.ts';
import {
  type Answers,
  clusterBefore,
  corefile,
  groups,
  items,
  kinds,
  pod,
  published,
  service,
  slice,
  storageClass,
} from '../../lib/before.ts';
import { forbidden, kubelet } from '../../lib/clusters.ts';
import { failed } from '../../lib/doctor.ts';

/** What the cluster says to a question, if the environment's file has this block. */
function ask(question: Question, answers: Answers = {}, cluster: Cluster = {}) {
  const environment: AnyEnvironment = { ...published, cluster };
  return answerTo(question, clusterBefore(answers), environment);
}

describe('DNS', () => {
  const cache = (...args: string[]) => ({
    'get daemonsets': items({
      spec: {
        selector: { matchLabels: { 'k8s-app': 'cache' } },
        template: { spec: { containers: [{ name: 'a', args }] } },
      },
    }),
  });
  const servers = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
  const withCache = (...cidrs: string[]) => ({
    at: [servers, { namespace: 'kube-system', labels: { 'k8s-app': 'cache' } }, { cidrs }],
  });

  test.each([
    [
      ['-localip', '169.254.20.10,10.96.0.10'],
      ['169.254.20.10/32', '10.96.0.10/32'],
    ],
    [['-conf', 'x', '--localip=fd00::53'], ['fd00::53/128']],
  ])('a cache with %j is one of the places', async (args, cidrs) => {
    const found = await ask(dns, cache(...args));
    expect(found).toMatchObject({ value: withCache(...cidrs), isDefault: false, fits: false, unseen: [] });
  });

  test('a cache that only the kubelet names is one too', async () => {
    const found = await ask(dns, { 'proxy/configz': kubelet(['169.254.25.10']) });
    expect(found).toMatchObject({ value: { at: [servers, { cidrs: ['169.254.25.10/32'] }] } });
  });

  test('whether there is a cache can be unknown', async () => {
    const found = await ask(dns, {
      'get daemonsets': await forbidden('daemonsets'),
      'proxy/configz': await failed('the server is currently unable to handle the request'),
    });
    expect(found).toMatchObject({
      isDefault: true,
      unseen: [{ why: expect.stringContaining('DaemonSets of kube-system'), ask: expect.any(String) }],
    });
  });

  test('a port of a cache is needed beside that of the servers', async () => {
    const answers = {
      ...cache('-localip', '169.254.20.10'),
      'get endpointslices --namespace kube-system': slice(5353, { targetRef: { name: 'coredns-1' } }),
    };
    expect(await ask(dns, answers)).toMatchObject({ value: { ports: [5353, 53] } });
    const at = [servers, { cidrs: ['169.254.20.10/32'] }] as const;
    expect(await ask(dns, answers, { dns: { at, ports: [53, 5353] } })).toMatchObject({ fits: true });
    expect(await ask(dns, answers, { dns: { at, ports: [5353] } })).toMatchObject({ fits: false });
  });

  test('other ports of the Service do not count', async () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'metrics', port: 9153, protocol: 'TCP' },
    ];
    const endpoints = [{ targetRef: { name: 'coredns-1' } }];
    const found = await ask(dns, {
      'get services --all-namespaces': items(
        service('kube-dns', 'kube-system', { clusterIP: '10.96.0.10', ports, selector: {} }),
      ),
      'get endpointslices --namespace kube-system': items({ endpoints, ports }),
    });
    expect(found).toMatchObject({ value: { at: [servers] }, isDefault: true });
  });

  test('servers in the network of their node have its address only', async () => {
    const inNode = {
      ...pod('coredns-1', { namespace: 'kube-system', labels: servers.labels }),
      spec: { hostNetwork: true, containers: [] },
      status: { podIPs: [{ ip: '192.0.2.7' }] },
    };
    const found = await ask(dns, { 'get pods --namespace kube-system': items(inNode) });
    expect(found).toMatchObject({ value: { at: [{ cidrs: ['192.0.2.7/32'] }] }, isDefault: false });
  });
});

describe('the domain', () => {
  const noKubelet = { 'proxy/configz': '{"kubeletconfig":{}}' };
  test.each<[string, Answers, string]>([
    [
      'of the Corefile',
      { ...noKubelet, 'get configmap coredns': corefile('corp.internal.') },
      'corp.internal',
    ],
    [
      "of the Corefile, if the kubelet's is not in it",
      { 'get configmap coredns': corefile('corp.internal') },
      'corp.internal',
    ],
    [
      'of the kubelet, among those of the Corefile',
      { 'get configmap coredns': corefile('corp.internal', 'cluster.local') },
      'cluster.local',
    ],
    [
      'of the kubelet, if the Corefile may not be read',
      { 'get configmap': () => forbidden('configmaps'), 'proxy/configz': kubelet([], 'corp.internal') },
      'corp.internal',
    ],
    [
      'of the kubelet, if nobody may see the servers',
      { 'get services': () => forbidden('services'), 'proxy/configz': kubelet([], 'corp.internal') },
      'corp.internal',
    ],
    [
      'of the kubelet, if there is no Corefile',
      {
        'get pods --namespace kube-system': items(pod('kube-dns-1', { namespace: 'kube-system' })),
        'proxy/configz': kubelet(['10.96.0.10'], 'corp.internal'),
      },
      'corp.internal',
    ],
  ])('%s', async (_, answers, value) => {
    expect(await ask(domain, answers)).toMatchObject({
      value,
      isDefault: value === 'cluster.local',
      fits: value === 'cluster.local',
    });
  });

  test('cannot be seen without both', async () => {
    const answers = { ...noKubelet, 'get configmap coredns': '' };
    expect(await ask(domain, answers)).toMatchObject({
      why: expect.stringContaining('no Corefile'),
      isLacking: false,
    });
  });
});

describe('the Kubernetes API', () => {
  const nodes = (address: string) => ({
    'get nodes': items({
      metadata: { name: 'a' },
      spec: { podCIDRs: ['10.244.0.0/24'] },
      status: { addresses: [{ type: 'InternalIP', address }] },
    }),
    'get --raw /apis/cilium.io/v2': kinds('CiliumNetworkPolicy'),
    'get --raw /apis': groups('cilium.io'),
  });

  test('is named to Cilium where it is on a node', async () => {
    const by = { policy: 'cilium', port: 6443 } as const;
    const value = { value: by, isDefault: false };
    expect(await ask(kubernetesApi, nodes('172.18.0.2'))).toMatchObject({ ...value, fits: false });
    expect(await ask(kubernetesApi, nodes('172.18.0.2'), { kubernetesApi: by })).toMatchObject({
      ...value,
      fits: true,
    });
    const unseen = { ...nodes(''), 'get nodes': await forbidden('nodes') };
    expect(await ask(kubernetesApi, unseen)).toMatchObject(value);
  });

  test('is an address where only something else of Cilium is, such as Tetragon', async () => {
    const answers = { ...nodes('172.18.0.2'), 'get --raw /apis/cilium.io/v2': kinds('CiliumNode') };
    expect(await ask(kubernetesApi, answers)).toMatchObject({ isDefault: true, fits: true });
  });

  test('is an address to Cilium where it is elsewhere', async () => {
    expect(await ask(kubernetesApi, nodes('172.18.0.3'))).toMatchObject({ isDefault: true, fits: true });
  });

  test('has no value for two ports', async () => {
    const ports = [{ port: 443 }, { port: 6443 }];
    const answers = {
      'get endpointslices --namespace default': items({ endpoints: [{ addresses: ['10.0.0.1'] }], ports }),
    };
    expect(await ask(kubernetesApi, answers)).toMatchObject({ isDefault: false, fits: false });
  });
});

describe('StorageClasses', () => {
  const plain = (name: string, provisioner: string, difference: object = {}) =>
    storageClass({ metadata: { name }, provisioner, reclaimPolicy: 'Delete', ...difference });
  const usual = (difference: object = {}) => storageClass({ provisioner: 'ebs.csi.aws.com', ...difference });
  const classes = (...all: object[]) => ({ 'get storageclasses': items(...all) });
  const deleting = { reclaimPolicy: 'Delete' };
  const keeping = plain('keep', 'ebs.csi.aws.com', { reclaimPolicy: 'Retain' });

  test.each<[string, Answers, string | undefined, string | undefined]>([
    ['the default deletes', classes(usual(deleting)), undefined, undefined],
    ['its policy is the default one', classes(usual({ reclaimPolicy: undefined })), undefined, undefined],
    ['another one of its driver retains', classes(usual(deleting), keeping), 'keep', undefined],
    [
      'one of another driver retains',
      classes(usual(deleting), plain('keep', 'nfs.csi.k8s.io', { reclaimPolicy: 'Retain' })),
      undefined,
      undefined,
    ],
    [
      'the default retains',
      classes(usual(), plain('a-files', 'nfs.csi.k8s.io'), plain('short', 'ebs.csi.aws.com')),
      undefined,
      'short',
    ],
    [
      'the default retains, and another driver deletes',
      classes(usual(), plain('files', 'nfs.csi.k8s.io')),
      undefined,
      'files',
    ],
    [
      'none is the default',
      classes(plain('files', 'nfs.csi.k8s.io'), plain('disk', 'ebs.csi.aws.com'), keeping),
      'keep',
      'disk',
    ],
  ])('%s', async (_, answers, data, scratch) => {
    expect(await ask(dataClass, answers)).toMatchObject({ value: data, isDefault: data === undefined });
    expect(await ask(scratchClass, answers)).toMatchObject(
      scratch === undefined ? { isDefault: true } : { value: scratch, isDefault: false },
    );
  });

  test('those of claims stay as they are', async () => {
    const claims = { 'get persistentvolumeclaims': items({ metadata: { name: 'data-postgres-0' } }) };
    const answers = { ...classes(usual(deleting), keeping), ...claims };
    expect(await ask(dataClass, answers)).toMatchObject({ value: undefined, isDefault: true });
    const given = { storageClasses: { data: 'keep' } };
    expect(await ask(dataClass, answers, given)).toMatchObject({ value: 'keep', isDefault: false });
  });

  test('one that there is not does not fit', async () => {
    const given = { storageClasses: { data: 'gone', scratch: 'keep' } };
    const answers = classes(usual(deleting), keeping);
    expect(await ask(dataClass, answers, given)).toMatchObject({ fits: false });
    expect(await ask(scratchClass, answers, given)).toMatchObject({ fits: false });
  });

  test('none deletes', async () => {
    expect(await ask(scratchClass, classes(usual()))).toMatchObject({
      why: expect.stringMatching(/^no StorageClass deletes volumes; there are: fast/),
    });
    const environment = { ...published, backups: undefined, cluster: {} } as AnyEnvironment;
    expect(await answerTo(scratchClass, clusterBefore(classes(usual())), environment)).toMatchObject({
      isDefault: true,
      fits: true,
    });
  });
});

describe('IP families', () => {
  const nodes = (...podCIDRs: string[]) => ({ 'get nodes': items({ spec: { podCIDRs } }) });
  const both = ['IPv6', 'IPv4'];

  test('are those of the nodes', async () => {
    expect(await ask(ipFamilies, nodes('10.1.0.0/24'))).toMatchObject({ value: ['IPv4'], isDefault: true });
    expect(await ask(ipFamilies, nodes('fd00::/64'))).toMatchObject({ value: ['IPv6'], fits: false });
    const given = { ipFamilies: ['IPv4', 'IPv6'] } as const;
    expect(await ask(ipFamilies, nodes('10.1.0.0/24'), given)).toMatchObject({ fits: false });
    // Who does without IPv6 loses nothing else.
    expect(await ask(ipFamilies, nodes('fd00::/64', '10.1.0.0/24'))).toMatchObject({
      value: both,
      isDefault: false,
      fits: true,
      unseen: [],
    });
  });

  test('are that of the first Service otherwise, and perhaps another', async () => {
    expect(await ask(ipFamilies, { 'get nodes': await forbidden('nodes') })).toMatchObject({
      value: ['IPv4'],
      isDefault: true,
      unseen: [{ ask: 'whether its pods have addresses of IPv6 as well' }],
    });
  });
});

describe('limits of processor time', () => {
  const quota = (cpu: string) => ({
    'get resourcequotas': items({ metadata: { name: 'q' }, spec: { hard: { 'limits.cpu': cpu } } }),
  });
  const range = (limit: object) => ({
    'get limitranges': items({
      metadata: { name: 'r' },
      spec: { limits: [{ type: 'Container', ...limit }] },
    }),
  });
  const containers = wantedPods(published)
    .filter(({ isServer }) => isServer)
    .reduce((total, { spec }) => total + spec.containers.length, 0);

  test('are left out where nothing demands them', async () => {
    expect(await ask(cpuLimit)).toMatchObject({ value: undefined, isDefault: true, fits: true });
  });

  test('are the largest that the quota holds', async () => {
    // Beside the servers there is a Job, of fewer containers than this.
    const found = await ask(cpuLimit, quota(`${containers + 5}`));
    expect(found).toMatchObject({ value: 1000, isDefault: false, fits: false });
    expect(await ask(cpuLimit, quota(`${containers + 5}`), { cpuLimitMillicores: 1000 })).toMatchObject({
      fits: true,
    });
    expect(await ask(cpuLimit, quota(`${containers + 5}`), { cpuLimitMillicores: 1500 })).toMatchObject({
      fits: false,
    });
  });

  test('are not larger than a container may have', async () => {
    const answers = { ...quota('100'), ...range({ max: { cpu: '300m' }, default: { cpu: '10m' } }) };
    expect(await ask(cpuLimit, answers)).toMatchObject({ value: 300, isDefault: false });
  });

  test('are left out where a LimitRange gives them', async () => {
    const answers = { ...quota('100'), ...range({ default: { cpu: '500m' } }) };
    expect(await ask(cpuLimit, answers)).toMatchObject({ value: undefined, isDefault: true });
  });

  test('are needed where a LimitRange gives less than a container requests', async () => {
    expect(await ask(cpuLimit, range({ default: { cpu: '20m' } }))).toMatchObject({
      value: 4000,
      isDefault: false,
    });
  });

  test('are too few where the quota holds none', async () => {
    expect(await ask(cpuLimit, quota('100m'))).toMatchObject({
      why: expect.stringMatching(/^ResourceQuota q has limits.cpu 100m .*too little/),
      isLacking: true,
    });
  });
});

describe('the user', () => {
  const annotated = (text?: string) => ({
    'get namespace coped-production': JSON.stringify({
      metadata: { name: 'coped-production', annotations: text && { 'openshift.io/sa.scc.uid-range': text } },
    }),
  });

  test.each(['1000680000/10000', '1000680000-1000689999'])('is one of %s', async (text) => {
    expect(await ask(userId, annotated(text))).toMatchObject({
      value: 1000680000,
      isDefault: false,
      fits: false,
    });
    for (const [user, fits] of [
      [1000689999, true],
      [1000690000, false],
      [1000679999, false],
    ] as const)
      expect([user, await ask(userId, annotated(text), { userId: user })]).toMatchObject([user, { fits }]);
  });

  test('is not known before OpenShift has made the namespace', async () => {
    const openShift = { 'get --raw /apis': groups('security.openshift.io') };
    const nowhere = { ...openShift, 'get namespace': '' };
    expect(await ask(userId, nowhere)).toMatchObject({ why: 'there is no namespace coped-production yet' });
    expect(await ask(userId, { 'get namespace': '' })).toMatchObject({ isDefault: true });
    expect(await ask(userId, { ...openShift, ...annotated('many') })).toMatchObject({
      why: expect.stringContaining('"many", which is no range'),
    });
  });
});

describe('the namespace', () => {
  const no = (what: string) => ({ [`auth can-i ${what}`]: 'no' });

  test.each(['create namespaces', 'patch namespaces/coped-production'])(
    'may not be ours: %s',
    async (what) => {
      const given = { createsNamespace: false } as const;
      expect(await ask(createsNamespace, no(what))).toMatchObject({
        value: false,
        isDefault: false,
        fits: false,
      });
      expect(await ask(createsNamespace, no(what), given)).toMatchObject({ fits: true });
      expect(await ask(createsNamespace, { ...no(what), 'get namespace': '' }, given)).toMatchObject({
        fits: false,
      });
    },
  );

  test('is there for a person who may not look at it', async () => {
    const answers = { ...no('create namespaces'), 'get namespace': () => forbidden('namespaces') };
    expect(await ask(createsNamespace, answers, { createsNamespace: false })).toMatchObject({
      value: false,
      fits: true,
    });
    const openShift = { 'get --raw /apis': groups('security.openshift.io') };
    expect(await ask(userId, { ...answers, ...openShift })).toMatchObject({
      why: expect.stringContaining('of coped-production can be seen'),
    });
  });

  test('kubectl ends with 1 where the answer is no', async () => {
    const answers = { 'auth can-i': await failed('', 'no\n') };
    expect(await ask(createsNamespace, answers)).toMatchObject({ value: false });
    await expect(
      ask(createsNamespace, { 'auth can-i': await failed('Unable to connect to the server') }),
    ).rejects.toThrow('Unable to connect');
  });

  test('is ours where we may make it', async () => {
    expect(await ask(createsNamespace, { 'get namespace': '' })).toMatchObject({
      isDefault: true,
      fits: true,
    });
  });
});

describe('the pull secret', () => {
  const secret = (name: string, config: object) => ({
    metadata: { name },
    data: { '.dockerconfigjson': btoa(JSON.stringify(config)) },
  });
  const secrets = (...all: object[]) => ({
    'get secrets --namespace coped-production --field-selector': items(...all),
  });

  test.each(['registry.example.org', 'https://registry.example.org/v1/', 'registry.example.org/coped'])(
    'has a password of %s',
    async (host) => {
      const answers = secrets(
        secret('other', { auths: { 'ghcr.io': {} } }),
        secret('own', { auths: { [host]: {} } }),
      );
      expect(await ask(imagePullSecret, answers)).toMatchObject({
        value: 'own',
        isDefault: false,
        fits: true,
      });
    },
  );

  test('has none of these registries', async () => {
    const answers = secrets(secret('other', { auths: { 'ghcr.io': {} } }), secret('empty', {}));
    expect(await ask(imagePullSecret, answers)).toMatchObject({ isDefault: true, fits: true });
    const given = { imagePullSecret: 'gone' };
    expect(await ask(imagePullSecret, answers, given)).toMatchObject({ fits: false });
  });

  test('has a password of Docker Hub, which images without a host are of', async () => {
    const environment = {
      ...published,
      images: { ...published.images, web: 'team/web:1' },
    } as AnyEnvironment;
    const answers = secrets(secret('hub', { auths: { 'https://index.docker.io/v1/': {} } }));
    expect(await answerTo(imagePullSecret, clusterBefore(answers), environment)).toMatchObject({
      value: 'hub',
    });
  });
});

test('a failure that is no refusal is one', async () => {
  const answers = { 'get storageclasses': await failed('Unable to connect to the server') };
  await expect(ask(dataClass, answers)).rejects.toThrow('Unable to connect');
});
