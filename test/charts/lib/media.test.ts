import { describe, expect, test } from '@jest/globals';
import { connections } from '../../../charts/connections.ts';
import { mediaPath } from '../../../charts/lib/media.ts';
import {
  credentials,
  credentialsOf,
  providedCredentials,
  uploadStore,
} from '../../../environments/credentials.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment, ObjectStore } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { mediaInBucket, small } from '../../lib/applications.ts';
import { containersOf, locally, manifests, object, objects, podOf, pods } from '../../lib/manifests.ts';
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

describe('a bucket', () => {
  const of = (environment: AnyEnvironment, differs: Partial<ObjectStore> = {}): AnyEnvironment => {
    const bucket = { ...mediaInBucket.bucket.production, ...differs };
    const uploads = { ...mediaInBucket, bucket: { staging: bucket, production: bucket } };
    return { ...environment, application: { ...application, settings: {}, media: uploads } };
  };
  const webOf = (environment: AnyEnvironment) => podOf(environment, 'Deployment', 'web');
  const variables = (environment: AnyEnvironment) =>
    Object.fromEntries((webOf(environment).containers[0]?.env ?? []).map((each) => [each.name, each]));

  test.each([staging, production])('of $namespace has the settings of django-storages', (environment) => {
    const told = variables(of(environment));
    const values = Object.entries(told).filter(([name]) => name.startsWith('AWS_'));
    expect(Object.fromEntries(values.map(([name, { value }]) => [name, value]))).toEqual({
      AWS_STORAGE_BUCKET_NAME: 'uploads',
      AWS_S3_ENDPOINT_URL: 'https://s3.example.com',
      AWS_S3_REGION_NAME: 'eu-west-1',
      AWS_S3_ADDRESSING_STYLE: 'virtual',
      AWS_S3_ACCESS_KEY_ID: undefined,
      AWS_S3_SECRET_ACCESS_KEY: undefined,
    });
    expect(told.AWS_S3_ACCESS_KEY_ID?.valueFrom?.secretKeyRef).toEqual({
      name: 'uploads-s3-key',
      key: 'key',
    });
    expect(told).not.toHaveProperty('MEDIA_ROOT');
  });

  test('on a port and a path of its own, with an authority of its own', () => {
    const own = of(production, { port: 9000, uriStyle: 'path', caConfigMap: 'store-ca' });
    expect(variables(own)).toMatchObject({
      AWS_S3_ENDPOINT_URL: { value: 'https://s3.example.com:9000' },
      AWS_S3_ADDRESSING_STYLE: { value: 'path' },
      AWS_S3_VERIFY: { value: '/run/secrets/coped/uploads-ca.crt' },
    });
    expect(webOf(own).volumes?.find(({ name }) => name === 'credentials')?.projected?.sources).toContainEqual(
      {
        configMap: { name: 'store-ca', items: [{ key: 'ca.crt', path: 'uploads-ca.crt' }] },
      },
    );
  });

  test('is reached by everything that runs the application, and by nothing else', () => {
    const reach = connections(of(production)).filter(({ to }) => to === 'upload-store');
    expect(reach.map(({ from, port }) => [from, port])).toEqual(
      ['migrate', 'web', 'worker', 'scheduler'].map((name) => [name, 443]),
    );
    const rules = object(of(production), 'NetworkPolicy', 'worker').spec?.egress;
    expect(rules).toContainEqual({
      to: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
      ports: [{ port: 443, protocol: 'TCP' }],
    });
  });

  test('takes the place of the volume, and nginx still bounds a request', () => {
    const text = JSON.stringify(manifests(of(production)));
    expect(text).not.toMatch(/srv.media|media\.conf|"claimName":"media"/);
    const [told] = objects(of(production), 'ConfigMap').filter(({ metadata }) =>
      metadata.name.startsWith('nginx-'),
    );
    expect(told?.data?.['locations.conf']).toContain(
      `client_max_body_size ${application.largestRequestMebibytes}m;`,
    );
  });

  test('has keys of its own, which no other Secret holds', () => {
    const names = credentialsOf(of(production)).filter((name) => credentials[name].origin === uploadStore);
    expect(names).toEqual(['AWS_S3_ACCESS_KEY_ID', 'AWS_S3_SECRET_ACCESS_KEY']);
    expect(providedCredentials(of(staging))).toEqual(expect.arrayContaining(names));
    const others = pods(of(production)).filter(({ pod }) => JSON.stringify(pod).includes('uploads-s3-key'));
    expect(new Set(others.map(({ owner }) => owner))).toEqual(
      new Set(
        pods(of(production))
          .filter(({ pod }) => JSON.stringify(pod.containers).includes('AWS_S3_'))
          .map(({ owner }) => owner),
      ),
    );
  });

  test.each([dev, locally('staging'), locally('production')])(
    'is a volume in $namespace on the local cluster, and no key is needed',
    (environment) => {
      expect(claimSpec(of(environment))).toEqual({
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      });
      expect(variables(of(environment))).toMatchObject({ MEDIA_ROOT: { value: mediaPath } });
      expect(JSON.stringify(manifests(of(environment)))).not.toContain('AWS_');
      expect(credentialsOf(of(environment)).join()).not.toContain('AWS_');
    },
  );
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
