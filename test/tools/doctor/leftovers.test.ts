import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { LocalImage } from '../../../environments/environment.ts';
import { isNamedByContent, manifestsOf, nameLabel } from '../../../tools/cluster/manifests.ts';
import { environmentNames, localEnvironment } from '../../../tools/local/environments.ts';
import { found, healthyProduction, warning } from '../../lib/doctor.ts';

const made = (kind: string, name: string, workload: string) => ({
  kind,
  metadata: { name, labels: { 'app.kubernetes.io/name': workload } },
});

/** What the doctor says of a deployed production, in which these objects are there beside its own. */
const saying = (...present: readonly object[]) =>
  found('not in dist/', {
    'get configmap,cronjob': JSON.stringify({ items: [...manifestsOf(healthyProduction), ...present] }),
  });

test('what is left of a process that was taken out is named, with the command that deletes it', async () => {
  const worker = [made('Deployment', 'worker', 'worker'), made('NetworkPolicy', 'worker', 'worker')];
  expect(await saying(...worker)).toEqual(
    warning(
      '^Deployment/worker, NetworkPolicy/worker of an earlier version is still there',
      'kubectl --context test --namespace coped-production delete deployment/worker networkpolicy/worker$',
    ),
  );
});

describe('a ConfigMap that another one has replaced', () => {
  const old = made('ConfigMap', 'nginx-0123456789', 'nginx');
  const volumes = [{ name: 'routes', configMap: { name: 'nginx-0123456789' } }, { name: 'tmp' }];
  const template = { spec: { volumes } };
  const besides = (present: object, ...revisions: object[]) =>
    found('not in dist/', {
      'get configmap,cronjob': JSON.stringify({ items: [...manifestsOf(healthyProduction), present] }),
      'get replicasets,controllerrevisions': JSON.stringify({ items: revisions }),
    });

  test.each([
    ['a Deployment', { spec: { template } }],
    ['a StatefulSet', { data: { spec: { template } }, revision: 1 }],
  ])('is kept while a version of %s to which a rollback leads has it', async (_, revision) => {
    expect(await besides(old, { spec: {} }, revision)).toMatchObject({ level: 'good' });
  });

  test('is left over when no version has it any more', async () => {
    const other = {
      spec: { template: { spec: { volumes: [{ configMap: { name: 'nginx-9876543210' } }] } } },
    };
    expect(await besides(old, other)).toEqual(warning('^ConfigMap/nginx-0123456789 of', 'delete configmap/'));
  });

  test('is left over with its workload, whose versions go with it', async () => {
    const ofRedis = made('ConfigMap', 'redis-0123456789', 'redis');
    const redis = { spec: { template: { spec: { volumes: [{ configMap: ofRedis.metadata }] } } } };
    expect(await besides(ofRedis, redis)).toEqual(warning('^ConfigMap/redis-0123456789 of', 'delete'));
  });

  test('is left over where its name says nothing of its content', async () => {
    const plain = made('ConfigMap', 'nginx-old', 'nginx');
    const revision = { spec: { template: { spec: { volumes: [{ configMap: plain.metadata }] } } } };
    expect(await besides(plain, revision)).toEqual(warning('^ConfigMap/nginx-old of', 'delete'));
  });
});

describe('a Job that has not ended', () => {
  test('of a workload that is wanted has another name on the local cluster, and its own check', async () => {
    expect(await saying(made('Job', 'certificates-0123456789', 'certificates'))).toMatchObject({
      level: 'good',
    });
  });

  test('of a workload that was taken out is left over', async () => {
    expect(await saying(made('Job', 'load-0123456789', 'load'))).toEqual(
      warning('^Job/load-0123456789 of an earlier version', 'delete job/load-0123456789$'),
    );
  });
});

test.each(environmentNames)(
  '%s on the local cluster has nothing that its manifests lack, but Jobs',
  (name) => {
    const store = {
      host: 's3.objectstore.svc',
      port: 7070,
      region: 'r',
      bucket: 'b',
      uriStyle: 'path',
    } as const;
    const image: LocalImage = 'image:local';
    const local = localEnvironment(environments[name], () => image, {
      ...store,
      reachedAt: { namespace: 'objectstore' },
    });
    // Claims are never left over, and a configuration that is in use is not.
    const identities = (environment: Parameters<typeof manifestsOf>[0]) =>
      manifestsOf(environment)
        .filter(({ kind }) => kind !== 'Job' && kind !== 'PersistentVolumeClaim')
        .map(({ kind, metadata: { name, labels } }) => {
          const workload = labels?.[nameLabel];
          return `${kind}/${isNamedByContent(workload, name) ? workload : name}`;
        });
    const wanted = identities(environments[name]);
    expect(identities(local).filter((each) => !wanted.includes(each))).toEqual([]);
  },
);
