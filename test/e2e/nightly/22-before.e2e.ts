import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { IngressAddress } from '../../../environments/address.ts';
import { environments } from '../../../environments/all.ts';
import { credentials } from '../../../environments/credentials.ts';
import type { LocalImage, Staging } from '../../../environments/environment.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { examine, examineOnly } from '../../../tools/commands/doctor.ts';
import { checksBefore } from '../../../tools/doctor/before/checks.ts';
import { openProbe } from '../../../tools/doctor/before/probe.ts';
import type { Finding } from '../../../tools/doctor/finding.ts';
import { localEnvironment } from '../../../tools/local/environments.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, kubectl, local } from '../cluster.ts';
import {
  addLacking,
  address,
  certificate,
  ingressClass,
  isDefault,
  makeDefault,
  own,
  removeLacking,
  storageClass,
  usualClass,
} from '../good-cluster.ts';
import { imageOf, objectStoreOf } from '../local.ts';

/**
 * `npm run doctor -- ENV --before` on a cluster that lacks nothing, and then one thing at a time. What the local cluster
 * does not have by itself, an Ingress class and a StorageClass without a risk, is made for it.
 */
const { namespace } = environments.staging;
const level = 'pod-security.kubernetes.io/enforce';

type Environment = Staging<IngressAddress, LocalImage>;
let good: Environment;

beforeAll(async () => {
  await bringUp('staging');
  const { store } = await objectStoreOf(local);
  good = {
    ...localEnvironment(environments.staging, (name) => imageOf('staging', name), store),
    address,
    // The StorageClass that is the default then retains volumes.
    cluster: { storageClasses: { scratch: await usualClass() } },
  } as Environment;
  await addLacking(namespace);
});

afterAll(() => removeLacking(namespace));

/** What one of the checks finds. */
async function look(
  title: string,
  environment: Environment = good,
  cluster: Cluster = local,
): Promise<Finding> {
  const probe = openProbe(cluster, environment);
  try {
    const patient = { cluster, environment, name: 'staging' as const, now: new Date() };
    return await examineOnly(title, patient, checksBefore(environment, probe));
  } finally {
    await probe.remove();
  }
}

test('on a cluster that lacks nothing, nothing is found', async () => {
  const probe = openProbe(local, good);
  const found: string[] = [];
  const report = (title: string, { level, detail }: Finding) => found.push(`${level} ${title}: ${detail}`);
  try {
    const patient = { cluster: local, environment: good, name: 'staging' as const, now: new Date() };
    await examine(patient, report, checksBefore(good, probe));
  } finally {
    await probe.remove();
  }
  console.log(found.join('\n'));
  expect(found.filter((line) => !line.startsWith('good '))).toEqual([]);
  await eventually(`the end of ${probe.namespace}`, 60, async () => (await leftOver()) === '');
});

/** The namespaces of probes that are there. */
async function leftOver(): Promise<string> {
  const names = await kubectl('get', 'namespaces', '--output', 'name');
  return names
    .split('\n')
    .filter((name) => name.startsWith('namespace/coped-before-'))
    .join(' ');
}

interface Lack {
  readonly what: string;
  readonly title: string;
  readonly level: 'bad' | 'warning';
  readonly detail: RegExp;
  /** Another environment than the good one. */
  readonly environment?: () => Environment;
  /** Another cluster than the local one, or the local one through another kubectl. */
  readonly cluster?: Cluster;
  /** Takes something away; what it returns puts it back. */
  readonly take?: () => Promise<() => Promise<unknown>>;
}

const lacks: readonly Lack[] = [
  {
    what: 'no default StorageClass',
    title: 'StorageClass',
    level: 'bad',
    detail: /none is the default/,
    take: async () => {
      await kubectl('annotate', 'storageclass', own, `${isDefault}=false`, '--overwrite');
      return () => makeDefault(own);
    },
  },
  {
    what: 'a StorageClass that cannot make volumes larger',
    title: 'StorageClass',
    level: 'warning',
    detail: /^before cannot make a volume larger[^;]*$/,
    take: async () => {
      const patch = (can: boolean) =>
        kubectl('patch', 'storageclass', own, '--patch', JSON.stringify({ allowVolumeExpansion: can }));
      await patch(false);
      return () => patch(true);
    },
  },
  {
    what: 'a StorageClass that deletes volumes',
    title: 'StorageClass',
    level: 'warning',
    detail: /^before-delete deletes a volume with its claim[^;]*$/,
    take: async () => {
      await apply(storageClass('before-delete', { reclaimPolicy: 'Delete' }));
      await makeDefault('before-delete', own);
      return async () => {
        await makeDefault(own, 'before-delete');
        await kubectl('delete', 'storageclass', 'before-delete');
      };
    },
  },
  {
    what: 'volumes of restore tests that stay',
    title: 'scratch StorageClass',
    level: 'warning',
    detail: /the file says nothing of it: each restore test leaves a volume behind/,
    environment: () => ({ ...good, cluster: {} }),
  },
  {
    what: 'another domain',
    title: 'cluster domain',
    level: 'bad',
    detail: /coredns in kube-system has cluster.local; .* the file says 'corp.internal'/,
    environment: () => ({ ...good, cluster: { domain: 'corp.internal' } }),
  },
  {
    what: 'no Ingress class',
    title: 'Ingress class',
    level: 'bad',
    detail: /there is no IngressClass|the file says 'before'/,
    take: async () => {
      await kubectl('delete', 'ingressclass', own);
      return () => apply(ingressClass);
    },
  },
  {
    what: 'another namespace of the Ingress controller',
    title: 'Ingress controller',
    level: 'bad',
    detail: /none of 0 pods of the namespace that the file says is ready/,
    environment: () => ({ ...good, address: { ...good.address, from: [{ namespace: 'nowhere' }] } }),
  },
  {
    what: 'no certificate of the site',
    title: 'site certificate',
    level: 'bad',
    detail: /there is no Secret before in coped-staging/,
    take: async () => {
      await kubectl('delete', 'secret', own, '--namespace', namespace);
      return async () => apply(await certificate(namespace));
    },
  },
  {
    what: 'a certificate of another host',
    title: 'site certificate',
    level: 'bad',
    detail: /not one of other.example.org: DNS:before.example.org/,
    environment: () => ({ ...good, address: { ...good.address, host: 'other.example.org' } }),
  },
  {
    what: 'DNS pods with other labels',
    title: 'cluster DNS',
    level: 'bad',
    detail: /^Service kube-dns in kube-system leads to .*; the file says .*k8s-app.*: no pod finds a Service/,
    take: async () => {
      const inSystem = ['--namespace', 'kube-system'];
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
      await kubectl('label', 'pods', '--selector', 'k8s-app=kube-dns', 'before=dns', ...inSystem);
      await service({ before: 'dns', 'k8s-app': null });
      await kubectl('label', 'pods', '--selector', 'before=dns', 'k8s-app-', ...inSystem);
      return async () => {
        await kubectl('rollout', 'status', 'deployment/coredns', ...inSystem, '--timeout', '120s');
        await service({ before: null, 'k8s-app': 'kube-dns' });
        await kubectl('delete', 'pods', '--selector', 'before=dns', ...inSystem);
      };
    },
  },
  ...(['Kubernetes API', 'pod → Kubernetes API'] as const).map((title) => ({
    what: 'another port of the API server',
    title,
    level: 'bad' as const,
    detail: /the file says .* port: 6444 }|a pod does not reach it at/,
    environment: () => ({
      ...good,
      cluster: { kubernetesApi: { cidrs: ['0.0.0.0/0'] as const, port: 6444 } },
    }),
  })),
  {
    what: 'another address of the API server',
    title: 'Kubernetes API',
    level: 'bad',
    detail: /the file says { cidrs: \['203.0.113.0\/24'\]/,
    environment: () => ({
      ...good,
      cluster: { kubernetesApi: { cidrs: ['203.0.113.0/24'] as const, port: 6443 } },
    }),
  },
  {
    what: 'a credential that nobody has provided',
    title: 'Secrets',
    level: 'bad',
    detail: /coped-staging lacks BACKUP_S3_KEY: /,
    take: async () => {
      const secret = [`secret/${credentials.BACKUP_S3_KEY.secret}`, '--namespace', namespace];
      const { metadata, ...before } = JSON.parse(await kubectl('get', ...secret, '--output', 'json'));
      await kubectl('delete', ...secret);
      const { name, labels } = metadata;
      return () => apply({ ...before, metadata: { name, namespace, labels } });
    },
  },
  {
    what: 'nodes that are cordoned',
    title: 'room',
    level: 'bad',
    detail: /no node takes pods/,
    take: async () => {
      const nodes = (await kubectl('get', 'nodes', '--output', 'name')).split('\n');
      await Promise.all(nodes.map((node) => kubectl('cordon', node)));
      return () => Promise.all(nodes.map((node) => kubectl('uncordon', node)));
    },
  },
  {
    what: 'too little room',
    title: 'room',
    level: 'bad',
    detail: /none has room for postgres-0 /,
    environment: () => ({ ...good, postgres: { ...good.postgres, memoryMebibytes: 2 ** 20 } }),
  },
  {
    what: 'a quota that is too small',
    title: 'ResourceQuota',
    level: 'bad',
    detail: /^before allows 3 of pods/,
    take: () => inNamespace('ResourceQuota', { spec: { hard: { pods: '3' } } }),
  },
  {
    what: 'limits that are too small',
    title: 'pods admitted',
    level: 'bad',
    detail: /maximum memory usage per Container is 100Mi/,
    take: () =>
      inNamespace('LimitRange', { spec: { limits: [{ type: 'Container', max: { memory: '100Mi' } }] } }),
  },
  {
    what: 'an object of an earlier version',
    title: 'not in dist/',
    level: 'warning',
    detail: /^ConfigMap\/before of an earlier version/,
    take: () => inNamespace('ConfigMap', { data: {} }),
  },
  {
    what: 'a namespace that does not enforce Pod Security',
    title: 'Pod Security',
    level: 'bad',
    detail: /coped-staging enforces no level/,
    take: async () => {
      await kubectl('label', 'namespace', namespace, `${level}-`);
      return () => kubectl('label', 'namespace', namespace, `${level}=restricted`);
    },
  },
  {
    what: 'an image that does not exist',
    title: 'image web',
    level: 'bad',
    detail: /no node gets it: .*(ErrImagePull|ImagePullBackOff)/,
    environment: () => ({ ...good, images: { ...good.images, web: 'coped-web:nowhere' } }),
  },
  {
    what: 'an image that is not published',
    title: 'image nginx',
    level: 'bad',
    detail: /a digest of zeros only/,
    environment: () => ({
      ...good,
      images: { ...good.images, nginx: `ghcr.io/coped/nginx:0.1.0@sha256:${'0'.repeat(64)}` },
    }),
  },
  {
    what: 'policies that nobody enforces',
    title: 'NetworkPolicies',
    level: 'bad',
    detail: /they are not enforced at all/,
    // For what is not there it is the same as if nobody looked at it.
    cluster: {
      ...local,
      kubectl: async (arguments_, options) =>
        `${options?.input ?? ''}`.includes('"NetworkPolicy"') ? '' : local.kubectl(arguments_, options),
    },
  },
  {
    what: 'an object store that nobody reaches',
    title: 'pod → object store',
    level: 'bad',
    detail: /a pod does not reach s3.objectstore.svc:7071 by TLS/,
    environment: () => withStore({ port: 7071 }),
  },
  {
    what: 'no authority of the object store',
    title: 'pod → object store',
    level: 'bad',
    detail: /there is no ConfigMap nowhere/,
    environment: () => withStore({ caConfigMap: 'nowhere' }),
  },
  {
    what: 'an old kubectl',
    title: 'tools',
    level: 'warning',
    detail: /kubectl v1\.20\.0: it is made for servers that are 1 minor version/,
    take: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
      const before = `${process.env.PATH}`;
      const { clientVersion, ...answer } = JSON.parse(await kubectl('version', '--output', 'json'));
      const old = { ...answer, clientVersion: { ...clientVersion, gitVersion: 'v1.20.0' } };
      writeFileSync(join(folder, 'version.json'), JSON.stringify(old));
      const versionOr = (others: string) =>
        `#!/bin/sh\ncase "$*" in *version*) cat '${folder}/version.json';; *) ${others};; esac\n`;
      writeFileSync(join(folder, 'kubectl'), versionOr(`PATH='${before}' exec kubectl "$@"`));
      chmodSync(join(folder, 'kubectl'), 0o755);
      process.env.PATH = `${folder}:${before}`;
      return async () => {
        process.env.PATH = before;
        rmSync(folder, { recursive: true });
      };
    },
  },
];

/** Makes an object of that name in the namespace of staging; what it returns removes it. */
async function inNamespace(kind: string, content: object): Promise<() => Promise<string>> {
  const labels = { 'app.kubernetes.io/part-of': 'coped', 'app.kubernetes.io/managed-by': 'cdk8s' };
  await apply({ apiVersion: 'v1', kind, metadata: { name: own, namespace, labels }, ...content });
  return () => kubectl('delete', kind, own, '--namespace', namespace);
}

/** The good environment with another object store. */
function withStore(difference: object): Environment {
  const objectStore = { ...good.backups.objectStore, ...difference };
  return { ...good, backups: { ...good.backups, objectStore } };
}

describe('what is lacking is found', () => {
  test.each(lacks)('$what, by "$title"', async ({ title, level, detail, environment, cluster, take }) => {
    const putBack = await take?.();
    try {
      const finding = await look(title, environment?.(), cluster);
      expect(finding).toEqual({
        level,
        detail: expect.stringMatching(detail),
        remedy: expect.stringMatching(/./),
      });
    } finally {
      await putBack?.();
    }
  });
});

test('an environment whose namespace is not there yet', async () => {
  const environment: Environment = { ...good, namespace: 'coped-nowhere' };
  expect(await look('Secrets', environment)).toMatchObject({ level: 'bad' });
  expect(await look('site certificate', environment)).toMatchObject({ level: 'bad' });
  for (const title of ['room', 'ResourceQuota', 'not in dist/', 'Pod Security', 'pods admitted'])
    expect([title, await look(title, environment)]).toEqual([
      title,
      expect.objectContaining({ level: 'good' }),
    ]);
});

test('Ctrl-C removes the pods with which it tries', async () => {
  const arguments_ = ['--import', 'tsx', '--', 'tools/cli.ts', 'doctor', 'dev', '--before'];
  await eventually('the end of earlier probes', 120, async () => (await leftOver()) === '');
  const running = execa(process.execPath, arguments_, { cwd: root, all: true, reject: false });
  const made = await eventually('the namespace', 60, async () => (await leftOver()) || undefined);
  running.kill('SIGINT');
  const { exitCode, all } = await running;
  expect([exitCode, all]).toEqual([1, expect.stringContaining('ended by SIGINT')]);
  await eventually(`the end of ${made}`, 60, async () => (await leftOver()) === '');
});
