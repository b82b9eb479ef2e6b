import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { Cluster as ClusterBlock } from '../../../environments/cluster.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { manifestsOf } from '../../../tools/cluster/manifests.ts';
import { blockOf, unseenOf } from '../../../tools/survey/block.ts';
import { askAll } from '../../../tools/survey/questions.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, exec, kubectl, local, npmSucceeds } from '../cluster.ts';
import { isDefault, makeDefault, own, storageClass, usualClass } from '../good-cluster.ts';
import { moveDns, otherDns } from '../other-cluster.ts';

/**
 * `npm run survey -- ENV` on the local cluster, which is changed in one way at a time: the block has the right value. DNS
 * moves for real, and dev works with the block and not without it.
 */

/** An environment that is not deployed, so that its namespace can be anybody's. */
const { production } = environments;
// What leads visitors in is not there on the local cluster.
const surveyed = { ...production, address: production.localAddress } as AnyEnvironment;
const { namespace } = surveyed;

beforeAll(() => bringUp('dev'));
afterAll(() => kubectl('delete', 'namespace', namespace, '--ignore-not-found'));

async function survey(cluster: Cluster = local, environment: AnyEnvironment = surveyed) {
  const answered = await askAll(cluster, environment);
  return { block: blockOf(answered, environment), unseen: unseenOf(answered) };
}

/** What a block says, once it is put into a file. */
function read(block: string): ClusterBlock {
  return new Function(`return { ${block} }.cluster`)();
}

interface Change {
  readonly what: string;
  /** Makes the cluster another; what it returns puts it back. */
  readonly make: () => Promise<() => Promise<unknown>>;
  readonly expected: ClusterBlock;
  /** The local cluster through other eyes. */
  readonly cluster?: Cluster;
  /** What cannot be seen then. */
  readonly unseen?: RegExp;
}

const inSystem = ['--namespace', 'kube-system'];
const usualServers = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };

const changes: readonly Change[] = [
  {
    what: 'DNS pods with other labels',
    make: async () => {
      const service = (selector: object) =>
        kubectl(
          'patch',
          'service',
          'kube-dns',
          ...inSystem,
          '--patch',
          JSON.stringify({ spec: { selector } }),
        );
      // The Deployment lets go of pods without its label, and makes others.
      await kubectl('label', 'pods', '--selector', 'k8s-app=kube-dns', 'survey=dns', ...inSystem);
      await service({ survey: 'dns', 'k8s-app': null });
      await kubectl('label', 'pods', '--selector', 'survey=dns', 'k8s-app-', ...inSystem);
      return async () => {
        await kubectl('rollout', 'status', 'deployment/coredns', ...inSystem, '--timeout', '120s');
        await service({ survey: null, 'k8s-app': 'kube-dns' });
        await kubectl('delete', 'pods', '--selector', 'survey=dns', ...inSystem);
      };
    },
    expected: { dns: { at: [{ namespace: 'kube-system', labels: { survey: 'dns' } }] } },
  },
  {
    what: 'a DNS cache on the nodes',
    make: async () => {
      const labels = { survey: 'cache' };
      const containers = [
        { name: 'cache', image: 'none', args: ['-localip', '169.254.20.10', '-conf', '/etc/Corefile'] },
      ];
      await apply({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: own, namespace: 'kube-system' },
        spec: {
          selector: { matchLabels: labels },
          // It is on no node: what counts is what is declared.
          template: { metadata: { labels }, spec: { containers, nodeSelector: { survey: 'nowhere' } } },
        },
      });
      return () => kubectl('delete', 'daemonset', own, ...inSystem);
    },
    expected: {
      dns: {
        at: [
          usualServers,
          { namespace: 'kube-system', labels: { survey: 'cache' } },
          { cidrs: ['169.254.20.10/32'] },
        ],
      },
    },
  },
  {
    what: 'another domain',
    make: async () => {
      const { data } = JSON.parse(
        await kubectl('get', 'configmap', 'coredns', ...inSystem, '--output', 'json'),
      );
      const patch = (Corefile: string) =>
        kubectl(
          'patch',
          'configmap',
          'coredns',
          ...inSystem,
          '--patch',
          JSON.stringify({ data: { Corefile } }),
        );
      await patch(data.Corefile.replace('kubernetes cluster.local', 'kubernetes corp.internal'));
      return () => patch(data.Corefile);
    },
    expected: { domain: 'corp.internal' },
  },
  {
    what: 'no default StorageClass',
    make: async () => {
      const name = await usualClass();
      await kubectl('annotate', 'storageclass', name, `${isDefault}=false`, '--overwrite');
      return () => makeDefault(name);
    },
    expected: { storageClasses: { data: 'standard', scratch: 'standard' } },
  },
  {
    what: 'a default StorageClass that retains volumes',
    make: async () => {
      const name = await usualClass();
      await apply(storageClass(own, { reclaimPolicy: 'Retain' }));
      await makeDefault(own, name);
      return async () => {
        await makeDefault(name, own);
        await kubectl('delete', 'storageclass', own);
      };
    },
    expected: { storageClasses: { scratch: 'standard' } },
  },
  {
    what: 'another StorageClass that retains volumes',
    make: async () => {
      await usualClass();
      await apply(storageClass(own, { reclaimPolicy: 'Retain' }));
      return () => kubectl('delete', 'storageclass', own);
    },
    expected: { storageClasses: { data: own } },
  },
  {
    what: 'a quota of CPU limits',
    make: () => inNamespace('ResourceQuota', { spec: { hard: { 'limits.cpu': '6' } } }),
    expected: { cpuLimitMillicores: 400 },
  },
  {
    what: 'a quota of CPU limits, and a LimitRange that gives them',
    make: async () => {
      const limits = [{ type: 'Container', default: { cpu: '200m' }, defaultRequest: { cpu: '10m' } }];
      const putBack = await inNamespace('ResourceQuota', { spec: { hard: { 'limits.cpu': '6' } } });
      await inNamespace('LimitRange', { spec: { limits } });
      return async () => {
        await kubectl('delete', 'limitrange', own, '--namespace', namespace);
        await putBack();
      };
    },
    expected: {},
  },
  {
    what: 'users that the cluster chooses',
    make: async () => {
      const range = 'openshift.io/sa.scc.uid-range';
      await makeNamespace();
      await kubectl('annotate', 'namespace', namespace, `${range}=1000680000/10000`);
      return () => kubectl('annotate', 'namespace', namespace, `${range}-`);
    },
    expected: { userId: 1000680000 },
  },
  {
    what: 'a Secret with a password of the registry',
    make: () =>
      inNamespace('Secret', {
        type: 'kubernetes.io/dockerconfigjson',
        stringData: { '.dockerconfigjson': JSON.stringify({ auths: { 'ghcr.io': { auth: 'eDp5' } } }) },
      }),
    expected: { imagePullSecret: own },
  },
  {
    what: 'a person whose rights end at the namespace',
    make: () =>
      inNamespace('RoleBinding', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: own }],
      }),
    cluster: {
      ...local,
      kubectl: (arguments_, options) => local.kubectl([...arguments_, '--as', own], options),
    },
    expected: { createsNamespace: false },
    unseen:
      /cluster.dns: User "before" cannot list resource "services" .*\n.*\ncluster.kubernetesApi: User "before"/,
  },
  {
    what: 'Cilium, and an API server on a node',
    make: async () => {
      const names = {
        plural: 'ciliumnetworkpolicies',
        singular: 'ciliumnetworkpolicy',
        kind: 'CiliumNetworkPolicy',
      };
      const name = 'ciliumnetworkpolicies.cilium.io';
      const schema = { openAPIV3Schema: { type: 'object' } };
      await apply({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        spec: {
          group: 'cilium.io',
          scope: 'Namespaced',
          names,
          versions: [{ name: 'v2', served: true, storage: true, schema }],
        },
      });
      await kubectl('wait', `crd/${name}`, '--for', 'condition=Established', '--timeout', '30s');
      return () => kubectl('delete', 'crd', name);
    },
    expected: { kubernetesApi: { policy: 'cilium', port: 6443 } },
  },
];

async function makeNamespace(): Promise<void> {
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
}

/** Makes an object in the namespace of the environment; what it returns removes it. */
async function inNamespace(kind: string, content: object): Promise<() => Promise<string>> {
  await makeNamespace();
  await apply({ apiVersion: 'v1', kind, metadata: { name: own, namespace }, ...content });
  return () => kubectl('delete', kind, own, '--namespace', namespace);
}

test('the cluster of kind needs no value', async () => {
  const { block, unseen } = await survey();
  console.log(block);
  expect([read(block), unseen]).toEqual([{}, []]);
  expect(await npmSucceeds('survey', '--', 'production')).toContain(block);
});

describe('what is changed is found', () => {
  test.each(changes)('$what', async ({ make, expected, cluster, unseen = /^$/ }) => {
    const putBack = await make();
    try {
      const found = await eventually(`${JSON.stringify(expected)}`, 60, async () => {
        const { block, unseen } = await survey(cluster);
        console.log([block, ...unseen].join('\n'));
        return isDeepStrictEqual(read(block), expected) && { unseen };
      });
      expect(found.unseen.join('\n')).toMatch(unseen);
    } finally {
      await putBack();
    }
  });

  test('another port of the API server', async () => {
    const slice = ['endpointslice', 'kubernetes', '--namespace', 'default'];
    const patch = JSON.stringify([{ op: 'replace', path: '/ports/0/port', value: 443 }]);
    // The API server puts it back within seconds.
    await eventually('the port', 120, async () => {
      await kubectl('patch', ...slice, '--type', 'json', '--patch', patch);
      const { kubernetesApi } = read((await survey()).block);
      return kubernetesApi?.port === 443 && 'cidrs' in kubernetesApi && kubernetesApi.cidrs.length === 1;
    });
  });
});

test('where DNS is elsewhere, dev works with the block, and not without it', async () => {
  const place = { namespace: dev.namespace, of: 'deployment/web' };
  const finds = async () =>
    (await exec(place, 'python', '-c', 'import socket; socket.getaddrinfo("postgres", 5432)')).exitCode === 0;
  expect(await finds()).toBe(true);
  const putBack = await moveDns();
  try {
    await eventually('no answer, as the policies do not know the servers', 60, async () => !(await finds()));
    const { block } = await survey(local, dev);
    const cluster = read(block);
    expect(cluster).toEqual({ dns: otherDns });
    await apply(...manifestsOf({ ...dev, cluster }).filter(({ kind }) => kind === 'NetworkPolicy'));
    await eventually('an answer', 60, finds);
  } finally {
    await putBack();
    await apply(...manifestsOf(dev).filter(({ kind }) => kind === 'NetworkPolicy'));
  }
  await eventually('an answer as before', 60, finds);
});
