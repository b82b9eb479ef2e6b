import { describe, expect, test } from '@jest/globals';
import { mediaPath } from '../../../charts/lib/media.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { small } from '../../lib/applications.ts';
import { containersOf, locally, manifests, object, objects, pods } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const { media } = application;
const inDev: AnyEnvironment = { ...dev, application };
const inStaging: AnyEnvironment = { ...staging, application };
const inProduction: AnyEnvironment = { ...production, application };
const onThisMachine: AnyEnvironment = { ...locally('production'), application };

const claimSpec = (environment: AnyEnvironment) => object(environment, 'PersistentVolumeClaim', 'media').spec;

describe('the claim', () => {
  test('asks for what the application says of each kind of environment', () => {
    expect(claimSpec(inStaging)).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: `${media.volume.staging.storageGibibytes}Gi` } },
    });
    expect(claimSpec(inProduction)).toMatchObject({
      storageClassName: media.volume.production.storageClassName,
      resources: { requests: { storage: `${media.volume.production.storageGibibytes}Gi` } },
    });
  });

  test('is for pods on several nodes, unless the application says otherwise', () => {
    expect(claimSpec(inProduction)?.accessModes).toEqual(['ReadWriteMany']);
  });

  test('asks the local cluster, which has one node, for what its default StorageClass can make', () => {
    for (const environment of [inDev, onThisMachine])
      expect(claimSpec(environment)).toEqual({
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      });
  });

  test('names the class of the cluster for data, unless the application names one', () => {
    const cluster = { storageClasses: { data: 'kept' } };
    expect(claimSpec({ ...inStaging, cluster })?.storageClassName).toBe('kept');
    expect(claimSpec({ ...inProduction, cluster })?.storageClassName).toBe(
      media.volume.production.storageClassName,
    );
  });

  test('outlives a prune and a deletion by Argo CD', () => {
    expect(object(inProduction, 'PersistentVolumeClaim', 'media').metadata).toMatchObject({
      annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
    });
  });
});

describe.each([inDev, inStaging, inProduction, onThisMachine])('$namespace', (environment) => {
  const isOfApplication = ({ name, image }: { readonly name: string; readonly image: string }) =>
    image === environment.images.web && name !== 'copy-static-files';
  const ofApplication = () =>
    pods(environment).flatMap(({ owner, pod }) =>
      containersOf(pod)
        .filter(isOfApplication)
        .map((container) => ({ owner, pod, container })),
    );

  test('every container of the application writes to it, where its settings say', () => {
    for (const { owner, pod, container } of ofApplication()) {
      const mounts = container.volumeMounts.filter(({ name }) => name === 'media');
      expect([owner, mounts]).toEqual([owner, [{ name: 'media', mountPath: mediaPath }]]);
      expect(container.env).toEqual(
        expect.arrayContaining([
          { name: 'MEDIA_ROOT', value: mediaPath },
          { name: 'MEDIA_URL', value: '/media/' },
        ]),
      );
      expect(pod.volumes).toContainEqual({ name: 'media', persistentVolumeClaim: { claimName: 'media' } });
    }
  });

  test('it is not within the source, a mount in which could not be made', () => {
    for (const { container } of ofApplication())
      for (const { mountPath } of container.volumeMounts.filter(({ name }) => name === 'source'))
        expect(`${mediaPath}/`.startsWith(`${mountPath}/`)).toBe(false);
  });

  test('nginx serves it and cannot write to it, and nobody else has it', () => {
    const others = pods(environment).flatMap(({ pod }) =>
      containersOf(pod)
        .filter((container) => !isOfApplication(container))
        .flatMap(({ name, volumeMounts }) =>
          volumeMounts.filter((mount) => mount.name === 'media').map((mount) => [name, mount]),
        ),
    );
    expect(others).toEqual([['nginx', { name: 'media', mountPath: mediaPath, readOnly: true }]]);
  });
});

test('nginx is told of them also where no other program shares the site', () => {
  for (const environment of [dev, production]) {
    const alone: AnyEnvironment = { ...environment, application: { ...small, media } };
    const [told] = objects(alone, 'ConfigMap').filter(({ metadata }) => metadata.name.startsWith('nginx-'));
    expect(told?.data?.['locations.conf']).toContain('include media.conf;');
  }
});

test('an application that takes no uploads has nothing of this', () => {
  for (const environment of [dev, production]) {
    const without: AnyEnvironment = { ...environment, application: small };
    expect(objects(without, 'PersistentVolumeClaim').map(({ metadata }) => metadata.name)).not.toContain(
      'media',
    );
    expect(JSON.stringify(manifests(without))).not.toMatch(/media/i);
  }
});
