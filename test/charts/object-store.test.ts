import { expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import { localStore, objectStore } from '../../charts/object-store.ts';
import { containersOf, type Manifest, type PodManifest } from '../lib/manifests.ts';

const objects: Manifest[] = objectStore(new App(), 'coped-credentials:dev').toJson();
const of = (kind: string) => objects.filter((object) => object.kind === kind);
const podOf = (kind: string) => of(kind)[0]?.spec?.template?.spec as PodManifest;

test('its Service leads to a port of its pods, under the name that the certificate holds', () => {
  const [service] = of('Service');
  const [deployment] = of('Deployment');
  expect(service?.metadata).toMatchObject({ name: localStore.service, namespace: localStore.namespace });
  expect(deployment?.spec?.template?.metadata.labels).toEqual(service?.spec?.selector);
  const ports = podOf('Deployment').containers.flatMap((container) => container.ports ?? []);
  expect(ports.map(({ name }) => name)).toEqual(service?.spec?.ports?.map(({ targetPort }) => targetPort));
  const [maker] = podOf('Job').containers;
  expect(maker).toMatchObject({
    args: [`${localStore.service}=${localStore.service}.${localStore.namespace}.svc`],
  });
});

test('its server mounts the certificate that the Job makes, and opens by the keys that are printed', () => {
  const { volumes, containers } = podOf('Deployment');
  expect(volumes.map(({ secret }) => secret?.secretName).filter(Boolean)).toEqual([localStore.certificate]);
  expect(localStore.certificate).toBe(`${localStore.service}-tls`);
  expect(containers[0]?.env).toEqual([
    { name: 'ROOT_ACCESS_KEY', value: localStore.keys.BACKUP_S3_KEY },
    { name: 'ROOT_SECRET_KEY', value: localStore.keys.BACKUP_S3_SECRET },
  ]);
});

test('its buckets are on a volume, so that backups outlive the pod', () => {
  const { volumes, initContainers } = podOf('Deployment');
  expect(volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data' } });
  expect(of('PersistentVolumeClaim').map(({ metadata }) => metadata.name)).toEqual(['data']);
  expect(initContainers?.[0]?.command).toContain(`/data/buckets/${localStore.bucket}`);
});

test('it runs at the level restricted, with Secrets as the only objects that its Job may change', () => {
  expect(of('Namespace')[0]?.metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  for (const container of [...containersOf(podOf('Deployment')), ...containersOf(podOf('Job'))])
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
  expect(of('Role')[0]).toMatchObject({
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get', 'update'] }],
  });
  expect(podOf('Deployment').automountServiceAccountToken).toBe(false);
  expect(podOf('Job').automountServiceAccountToken).toBe(true);
});
