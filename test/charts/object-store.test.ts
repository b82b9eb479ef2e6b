import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { localStore, objectStore } from '../../charts/object-store.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import { containerOf } from '../lib/manifests.ts';

const image = 'coped-credentials:x';
const all = (): (Manifest & {
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
})[] => objectStore(new App(), image).toJson();
const find = (kind: string) => {
  const found = all().filter((manifest) => manifest.kind === kind);
  if (found.length !== 1 || !found[0]) throw new Error(`there are ${found.length} of ${kind}`);
  return found[0];
};
const podOf = (kind: 'Deployment' | 'Job') => find(kind).spec?.template?.spec as unknown as IPodSpec;
const { namespace, service, certificate, bucket } = localStore;
const tmp = { name: 'tmp', mountPath: '/tmp' };
const data = { name: 'data', mountPath: '/data' };
const size = {
  requests: { cpu: '10m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
  limits: { memory: '128Mi', 'ephemeral-storage': '2Gi' },
};

test('what it is made of is in a namespace of its own, which refuses pods below the level restricted', () => {
  expect(all().map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
    ['Namespace', undefined, 'objectstore'],
    ['ServiceAccount', 'objectstore', 'certificates'],
    ['Role', 'objectstore', 'certificates'],
    ['RoleBinding', 'objectstore', 'certificates'],
    ['Job', 'objectstore', 'certificates'],
    ['PersistentVolumeClaim', 'objectstore', 'data'],
    ['Service', 'objectstore', 's3'],
    ['Deployment', 'objectstore', 's3'],
  ]);
  expect(find('Namespace').metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  expect(objectStore(new App(), image).node.id).toBe('object-store');
});

test('its containers run at that level', () => {
  for (const pod of [podOf('Job'), podOf('Deployment')]) {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
    for (const { securityContext } of [...(pod.initContainers ?? []), ...pod.containers])
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      });
  }
});

test('commands find it, its certificate and its keys by these names', () => {
  expect(localStore).toEqual({
    namespace: 'objectstore',
    service: 's3',
    certificate: 's3-tls',
    bucket: 'backups',
    keys: { BACKUP_S3_KEY: 'objectstore', BACKUP_S3_SECRET: 'objectstore-secret' },
  });
});

describe('its certificate', () => {
  test('is made by a Job, for the name by which Postgres calls the store, and outlives each trial', () => {
    const maker = containerOf(podOf('Job'), 'renew-certificates');
    expect(podOf('Job')).toMatchObject({ serviceAccountName: 'certificates', restartPolicy: 'OnFailure' });
    expect(find('Job').spec).toMatchObject({ backoffLimit: 2 ** 31 - 1 });
    expect(maker).toMatchObject({
      image,
      command: ['renew-certificates'],
      args: ['--days', '3650', `${service}=${service}.${namespace}.svc`],
      resources: size,
    });
  });

  test('is a Secret that this Job may make and renew in the namespace, and nobody else', () => {
    expect(find('Role').rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get', 'update'] },
    ]);
    expect(find('RoleBinding').roleRef).toEqual({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Role',
      name: 'certificates',
    });
    expect(find('RoleBinding').subjects).toEqual([
      { kind: 'ServiceAccount', name: 'certificates', namespace },
    ]);
    expect(podOf('Job').automountServiceAccountToken).toBe(true);
    expect(podOf('Deployment')).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: 'default',
    });
  });

  test('is what the store shows', () => {
    const { args, volumeMounts } = containerOf(podOf('Deployment'), 'versitygw');
    expect(args?.slice(2, 6)).toEqual(['--cert', '/tls/tls.crt', '--key', '/tls/tls.key']);
    expect(volumeMounts).toContainEqual({ name: 'tls', mountPath: '/tls', readOnly: true });
    expect(podOf('Deployment').volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: certificate, defaultMode: 0o440 },
    });
  });
});

describe('the store', () => {
  test('keeps its files and what S3 says about them in a volume, in the bucket that the environments name', () => {
    const { args, volumeMounts } = containerOf(podOf('Deployment'), 'versitygw');
    const first = containerOf(podOf('Deployment'), 'make-bucket');
    expect(first).toMatchObject({
      image,
      command: ['mkdir', '--parents', `/data/buckets/${bucket}`, '/data/metadata'],
      volumeMounts: [tmp, data],
      resources: size,
    });
    expect(args?.slice(6)).toEqual([
      ...['--iam-dir', '/tmp'],
      ...['posix', '--sidecar', '/data/metadata', '/data/buckets'],
    ]);
    expect(volumeMounts).toEqual([tmp, data, { name: 'tls', mountPath: '/tls', readOnly: true }]);
    expect(podOf('Deployment').volumes).toContainEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'data' },
    });
    expect(find('PersistentVolumeClaim').spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '5Gi' } },
    });
  });

  test('is opened by the keys that the command prints', () => {
    expect(containerOf(podOf('Deployment'), 'versitygw').env).toEqual([
      { name: 'ROOT_ACCESS_KEY', value: localStore.keys.BACKUP_S3_KEY },
      { name: 'ROOT_SECRET_KEY', value: localStore.keys.BACKUP_S3_SECRET },
    ]);
  });

  test('is one small pod of a version that is named, two of which would not share the volume', () => {
    const { image: name, resources } = containerOf(podOf('Deployment'), 'versitygw');
    expect(name).toMatch(/^ghcr\.io\/versity\/versitygw:v\d+\.\d+\.\d+$/);
    expect(resources).toEqual(size);
    expect(find('Deployment').spec).toMatchObject({ strategy: { type: 'Recreate' } });
  });

  test('is found by its Service, on the port on which it listens', () => {
    const labels = { 'app.kubernetes.io/name': service };
    const { args, ports } = containerOf(podOf('Deployment'), 'versitygw');
    expect(args?.slice(0, 2)).toEqual(['--port', ':7070']);
    expect(ports).toEqual([{ name: 'https', containerPort: 7070 }]);
    expect(find('Service').spec).toEqual({ selector: labels, ports: [{ port: 7070, targetPort: 'https' }] });
    expect(find('Deployment').spec?.selector).toEqual({ matchLabels: labels });
    expect(find('Deployment').spec?.template?.metadata.labels).toEqual(labels);
    for (const kind of ['Service', 'Deployment']) expect(find(kind).metadata.labels).toEqual(labels);
  });
});
