import { describe, expect, test } from '@jest/globals';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment, Production, Staging } from '../../../environments/environment.ts';
import { imagesBy } from '../../../environments/images.ts';
import { production as productionInGit } from '../../../environments/production.ts';
import { staging as stagingInGit } from '../../../environments/staging.ts';
import { compare } from '../../../tools/diff/compare.ts';
import { changesOf } from '../../../tools/diff/fields.ts';
import { type AnyObject, isRecord } from '../../../tools/diff/objects.ts';
import { text } from '../../../tools/diff/text.ts';
import { wordsOf } from '../../../tools/diff/words.ts';
import { small } from '../../lib/applications.ts';
import { manifests } from '../../lib/manifests.ts';

const image = (name: string, tag: string, digit = '1') =>
  `ghcr.io/coped/${name}:${tag}@sha256:${digit.repeat(64)}` as const;
/** Images that no publication changes. */
const images = imagesBy((name) => image(name, '0.1.0', '0'));
const production = { ...productionInGit, images, application: small };
const staging = { ...stagingInGit, images, application: small };

const store = (entry: string) => ({ kind: 'SecretStore', name: 'team', keys: { entry } }) as const;

/** What `npm run diff` says in words, with HASH in place of each hash. */
function said(
  environment: AnyEnvironment,
  before: readonly AnyObject[],
  after: readonly AnyObject[],
): string[] {
  const [words = ''] = text('', compare({ name: environment.kind, environment, before, after })).split(
    /^--- /m,
  );
  return words
    .replaceAll(/\b[0-9a-f]{10}\b/g, 'HASH')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const inProduction = (values: Partial<Omit<Production, 'credentials' | 'secretStore'>>) =>
  said(production, manifests(production), manifests({ ...production, ...values }));
const inStaging = (values: Partial<Omit<Staging, 'credentials' | 'secretStore'>>) =>
  said(staging, manifests(staging), manifests({ ...staging, ...values }));

type Path = readonly (string | number)[];

/** The object with the value at the end of a path set, or without it. */
function withValue(object: AnyObject, path: Path, value: unknown): AnyObject {
  const copy: AnyObject = JSON.parse(JSON.stringify(object));
  const inner = path
    .slice(0, -1)
    .reduce<unknown>((each, key) => (each as Record<string, unknown>)[key], copy);
  (inner as Record<string, unknown>)[`${path.at(-1)}`] = value;
  return JSON.parse(JSON.stringify(copy));
}

/** Production, with one of its objects so. */
const edited = (kind: string, name: string, path: Path, value: unknown): AnyObject[] =>
  manifests(production).map((object) =>
    object.kind === kind && object.metadata.name === name ? withValue(object, path, value) : object,
  );
const editing = (...edit: Parameters<typeof edited>) =>
  said(production, manifests(production), edited(...edit));
const container = (index: number) => ['spec', 'template', 'spec', 'containers', index];

const digests = 'digest 000000000000 → 111111111111';

test('the same manifests have no difference', () => {
  expect(inProduction({})).toEqual([]);
});

describe('another image of the application', () => {
  test('restarts what runs it, and waits for migrations by command in production', () => {
    expect(inProduction({ images: { ...production.images, web: image('web', '0.2.0') } })).toEqual([
      'restarts: web, nginx',
      'web',
      'Deployment web',
      `web, wait-for-migrations: image web 0.1.0 → 0.2.0 (${digests})`,
      '→ restarts web: each old pod serves until a new one is ready; if a migration is pending, the new ones wait for npm run migrate -- production',
      'nginx',
      'Deployment nginx',
      `copy-static-files: image web 0.1.0 → 0.2.0 (${digests})`,
      '→ restarts nginx: each old pod serves until a new one is ready',
    ]);
  });

  test('runs the migration again in staging, as a new Job', () => {
    const words = inStaging({ images: { ...staging.images, web: image('web', '0.2.0') } });
    expect(words.slice(0, words.indexOf('nginx'))).toEqual([
      'restarts: web, nginx',
      'runs: migrate',
      'web',
      'Deployment web',
      `web, wait-for-migrations: image web 0.1.0 → 0.2.0 (${digests})`,
      '→ restarts web: each old pod serves until a new one is ready; if a migration is pending, the new ones wait for the Job migrate',
    ]);
    expect(words.slice(words.indexOf('migrate'))).toEqual([
      'migrate',
      'Job migrate',
      `rebuild-index, wait-for-postgres, migrate: image web 0.1.0 → 0.2.0 (${digests})`,
      '→ runs the Job migrate again: it migrates the database, then makes the search index equal to it',
      '→ restarts nothing',
    ]);
  });
});

test('another build of the image of Postgres restarts the members, and what runs by a schedule takes it next time', () => {
  const words = inProduction({ images: { ...production.images, postgres: image('postgres', '0.1.0') } });
  const build = `another build of the image postgres 0.1.0: ${digests}`;
  expect(words.slice(0, words.indexOf('postgres-restore-test'))).toEqual([
    'restarts: postgres',
    'runs: postgres-backup',
    'postgres',
    'StatefulSet postgres',
    `postgres, pgbackrest: ${build}`,
    '→ restarts postgres, one member after the other; writes wait for some 3 s when another member takes over',
    'postgres-backup',
    'CronJob postgres-backup-full, postgres-backup-differential, postgres-backup-incremental',
    `backup: ${build}`,
    'Job postgres-backup',
    `backup: ${build}`,
    '→ runs the Job postgres-backup again: it makes a full backup if there is none',
    '→ a CronJob runs so from its next time on',
    '→ restarts nothing',
  ]);
});

test('more memory of nginx restarts it', () => {
  expect(inProduction({ nginx: { ...production.nginx, memoryMebibytes: 128 } })).toEqual([
    'restarts: nginx',
    'nginx',
    'Deployment nginx',
    'nginx: memory 64 → 128 MiB',
    '→ restarts nginx: each old pod serves until a new one is ready',
  ]);
});

test('more memory of a single node of Elasticsearch makes search unavailable', () => {
  expect(inStaging({ elasticsearch: { ...staging.elasticsearch, memoryMebibytes: 2048 } })).toEqual([
    'restarts: elasticsearch',
    'elasticsearch',
    'StatefulSet elasticsearch',
    'elasticsearch: variable ES_JAVA_OPTS: -Xms512m -Xmx512m → -Xms819m -Xmx819m',
    'elasticsearch: memory 1280 → 2048 MiB',
    '→ restarts elasticsearch, its only node: search is unavailable until it is ready again',
  ]);
});

test('three nodes of Elasticsearch restart one after the other', () => {
  expect(inProduction({ elasticsearch: { ...production.elasticsearch, cpuMillicores: 200 } })).toEqual([
    'restarts: elasticsearch',
    'elasticsearch',
    'StatefulSet elasticsearch',
    'elasticsearch, configure, users: reserved processor time 100m → 200m',
    '→ restarts elasticsearch, one node after the other, each when every shard has another copy; search goes on',
  ]);
});

describe('replicas', () => {
  test('of the application restart nothing', () => {
    expect(inProduction({ web: { ...production.web, replicas: 3 } })).toEqual([
      'web',
      'Deployment web',
      'pods 2 → 3',
      '→ restarts nothing',
    ]);
  });

  test('of one pod that becomes several, and of several that become one, restart it, because their place changes', () => {
    const one = { ...staging, nginx: { ...staging.nginx, replicas: 1 } };
    const two = { ...staging, nginx: { ...staging.nginx, replicas: 2 } };
    expect(said(staging, manifests(one), manifests(two))).toEqual([
      'restarts: nginx',
      'nginx',
      'Deployment nginx',
      'pods 1 → 2',
      'its pods go to different nodes if they can',
      'new PodDisruptionBudget nginx',
      '→ restarts nginx: each old pod serves until a new one is ready',
    ]);
    expect(said(staging, manifests(two), manifests(one))).toContain(
      'its pods no longer go to different nodes',
    );
  });

  test('of Postgres that are fewer leave their claims', () => {
    const five = manifests({ ...production, postgres: { ...production.postgres, members: 5 } });
    const words = said(production, five, manifests(production));
    expect(words.slice(0, words.indexOf('postgres-backup'))).toEqual([
      'touches data: postgres',
      'postgres',
      'Role postgres',
      'no longer may patch pods postgres-0, postgres-1, postgres-2, postgres-3, postgres-4',
      'may patch pods postgres-0, postgres-1, postgres-2',
      'StatefulSet postgres',
      'pods 5 → 3',
      '→ touches data: postgres-3, postgres-4 end; their claims stay, with the data: see docs/volumes.md#what-a-claim-survives',
      '→ restarts nothing',
    ]);
    const more = said(production, manifests(production), five);
    expect(more).toContain('→ postgres gets 2 more, each with a volume of its own');
  });

  test('of Postgres from two to one stop the database, because the pods change too', () => {
    expect(inStaging({ postgres: { ...staging.postgres, members: 1 } })).toEqual(
      expect.arrayContaining([
        'removed PodDisruptionBudget postgres',
        '→ touches data: postgres-1 ends; its claim stays, with the data: see docs/volumes.md#what-a-claim-survives',
        '→ restarts postgres, its only member: the site has no database until it is ready again',
        '→ kubectl apply leaves what is removed in the cluster, until kubectl delete -n coped-staging poddisruptionbudget/postgres; Argo CD prunes it',
      ]),
    );
  });

  test('of Postgres from one to two stop it too: there is no other member yet', () => {
    const one = manifests({ ...staging, postgres: { ...staging.postgres, members: 1 } });
    expect(said(staging, one, manifests(staging))).toContain(
      '→ restarts postgres, its only member: the site has no database until it is ready again',
    );
  });

  test('of Elasticsearch from one to three wait for the first node', () => {
    expect(inStaging({ elasticsearch: { ...staging.elasticsearch, nodes: 3 } })).toEqual(
      expect.arrayContaining([
        'pods 1 → 3',
        '→ restarts elasticsearch only when you delete its first pod (kubectl delete pod -n coped-staging elasticsearch-0): the new nodes wait for that: see docs/elasticsearch.md#when-a-node-is-lost',
      ]),
    );
  });
});

describe('volumes', () => {
  test('that get larger need npm run grow first', () => {
    const words = inProduction({ elasticsearch: { ...production.elasticsearch, storageGibibytes: 30 } });
    expect(words).toEqual([
      'cannot be applied: elasticsearch',
      'touches data: elasticsearch',
      'elasticsearch',
      'StatefulSet elasticsearch',
      'size of the volumes data 20 → 30 GiB',
      '→ cannot be applied: the size of the volumes of elasticsearch, before npm run grow -- production has been run: see docs/volumes.md#make-volumes-larger',
      '→ touches data: the volumes of elasticsearch get larger, by npm run grow',
      '→ restarts nothing',
    ]);
  });

  test('do not shrink', () => {
    expect(inProduction({ elasticsearch: { ...production.elasticsearch, storageGibibytes: 10 } })).toContain(
      '→ cannot be applied: the volumes of elasticsearch do not shrink; move the data to others, or take the size back: see docs/volumes.md#dump-and-restore',
    );
  });
});

test('a setting of Postgres restarts the members, because the configuration is part of their pods', () => {
  const words = inProduction({ postgres: { ...production.postgres, memoryMebibytes: 1100 } });
  expect(words.slice(1, words.indexOf('postgres-restore-test'))).toEqual([
    'postgres',
    'ConfigMap postgres',
    'cluster.yml: shared_buffers: 256MB → shared_buffers: 275MB; effective_cache_size: 512MB → effective_cache_size: 550MB; maintenance_work_mem: 64MB → maintenance_work_mem: 68MB',
    'StatefulSet postgres',
    'the configuration that its pods read when they start',
    'postgres: memory 1024 → 1100 MiB',
    'size of the volume shared-memory 512 → 550 MiB',
    '→ restarts postgres, one member after the other; writes wait for some 3 s when another member takes over',
  ]);
});

describe('a ConfigMap', () => {
  test('that is not part of the pods that mount it restarts nothing, and the pods are named', () => {
    const objectStore = { ...production.backups.objectStore, region: 'eu-west-2' };
    expect(inProduction({ backups: { ...production.backups, objectStore } })).toEqual([
      'touches data: postgres-backup',
      'postgres-backup',
      'ConfigMap pgbackrest',
      'member.conf: repo1-s3-region=eu-west-1 → repo1-s3-region=eu-west-2',
      'repository-host.conf: repo1-s3-region=eu-west-1 → repo1-s3-region=eu-west-2',
      '→ touches data: backups go to another place (repo1-s3-region eu-west-1 → eu-west-2), and a restore finds only what is there: make a full one at once (npm run backup -- production --kind full): see docs/backups.md',
      '→ the pods of statefulset/postgres go on, and see the new files of the ConfigMap pgbackrest within two minutes; a program that reads them only when it starts needs kubectl rollout restart -n coped-production statefulset/postgres',
      '→ postgres-backup-full, postgres-backup-differential, postgres-backup-incremental, postgres-restore-test, postgres-restore read the ConfigMap pgbackrest anew each time',
      '→ restarts nothing',
    ]);
  });

  test('that says how long backups are kept touches them', () => {
    const words = inProduction({ backups: { ...production.backups, keepDays: 14 } });
    expect(words).toContain(
      '→ touches data: backups are kept for 14 days instead of 56; the next backup deletes what is older: see docs/backups.md',
    );
    const more = inProduction({ backups: { ...production.backups, keepDays: 90 } });
    expect(more).toContain('→ touches data: backups are kept for 90 days instead of 56: see docs/backups.md');
  });
});

test('another time of the backups touches data, another one of the restore test does not', () => {
  const backups = { ...production.backups, full: '40 1 * * 6', restoreTest: '0 4 * * *' } as const;
  expect(inProduction({ backups })).toEqual([
    'touches data: postgres-backup',
    'postgres-backup',
    'CronJob postgres-backup-full',
    'schedule 40 1 * * 0 → 40 1 * * 6',
    '→ touches data: postgres-backup-full makes its backups otherwise: schedule 40 1 * * 0 → 40 1 * * 6',
    '→ restarts nothing',
    'postgres-restore-test',
    'CronJob postgres-restore-test',
    'schedule 40 3 * * * → 0 4 * * *',
    '→ a CronJob runs so from its next time on',
    '→ restarts nothing',
  ]);
});

describe('dev', () => {
  const inDev = (kind: string, name: string, path: Path, value: unknown) =>
    said(
      dev,
      manifests(dev),
      manifests(dev).map((object) =>
        object.kind === kind && object.metadata.name === name ? withValue(object, path, value) : object,
      ),
    );

  test('has one development server, which ends before the next one starts', () => {
    expect(inDev('Deployment', 'web', [...container(0), 'env', 0, 'value'], '0')).toContain(
      '→ restarts web: the old pods end before the new ones start, so there is none meanwhile',
    );
  });

  test.each([
    [
      '2Gi',
      '→ touches data: the volume of source gets larger, if its StorageClass can do that: see docs/volumes.md',
    ],
    ['512Mi', '→ cannot be applied: the volume of source does not shrink: see docs/volumes.md'],
  ])('has a claim, which may ask for %s', (size, expected) => {
    const path = ['spec', 'resources', 'requests', 'storage'];
    expect(inDev('PersistentVolumeClaim', 'source', path, size)).toContain(expected);
  });

  test('has a claim and a volume, which stay where they are', () => {
    expect(inDev('PersistentVolumeClaim', 'source', ['spec', 'volumeName'], 'x')).toContain(
      '→ cannot be applied: spec.volumeName of the claim source, which Kubernetes never changes; the data goes with the claim: see docs/volumes.md',
    );
    expect(inDev('PersistentVolume', 'coped-dev-source', ['spec', 'hostPath', 'path'], '/x')).toContain(
      '→ cannot be applied: spec.hostPath.path of the PersistentVolume coped-dev-source, which Kubernetes never changes; delete the PersistentVolume first (kubectl delete persistentvolume/coped-dev-source)',
    );
    const path = ['spec', 'persistentVolumeReclaimPolicy'];
    expect(inDev('PersistentVolume', 'coped-dev-source', path, 'Delete')).toContain(
      '→ touches data: the volume coped-dev-source is then deleted when its claim is',
    );
  });
});

test('many lines of a file are counted', () => {
  expect(
    inProduction({ postgres: { ...production.postgres, memoryMebibytes: 2048, storageGibibytes: 40 } }),
  ).toContain('cluster.yml: 5 lines');
});

test('an environment that is new starts, and every Secret is new in it', () => {
  const words = said(production, [], manifests(production));
  expect(words[0]).toBe('runs: certificates, postgres, elasticsearch, postgres-backup, web, nginx');
  expect(words).toContain('→ runs the pods of web, for the first time');
  expect(words).toContain('→ runs the Job postgres-backup: it makes a full backup if there is none');
  expect(words.filter((line) => line.includes('touches data'))).toEqual([]);
});

test('a removed CronJob of the backups stays until somebody or Argo CD deletes it', () => {
  const after = manifests(production).filter(({ metadata }) => metadata.name !== 'postgres-backup-full');
  expect(said(production, manifests(production), after)).toEqual([
    'touches data: postgres-backup',
    'postgres-backup',
    'removed CronJob postgres-backup-full',
    '→ touches data: once the CronJob postgres-backup-full is deleted, it makes no more backups: see docs/volumes.md',
    '→ kubectl apply leaves what is removed in the cluster, until kubectl delete -n coped-production cronjob/postgres-backup-full; Argo CD prunes it',
    '→ restarts nothing',
  ]);
});

test('the namespace goes with all that is in it, unless it is kept', () => {
  const after = manifests(production).filter(({ kind }) => kind !== 'Namespace');
  const words = said(production, manifests(production), after);
  expect(words[0]).toBe('touches data: environment');
  expect(words).toContain(
    '→ kubectl apply leaves what is removed in the cluster, until kubectl delete namespace/coped-production; Argo CD keeps what is annotated Prune=false, and prunes the rest',
  );
});

test('the order of the rules of a policy is said, and is all that differs', () => {
  const policy = manifests(production).find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'postgres',
  );
  const path = ['spec', 'ingress'];
  expect(editing('NetworkPolicy', 'postgres', path, policy?.spec?.ingress?.toReversed())).toContain(
    'order of spec.ingress',
  );
});

test('an object that Argo CD is to keep no longer touches data', () => {
  expect(editing('Namespace', 'coped-production', ['metadata', 'annotations'], undefined)).toEqual([
    'touches data: environment',
    'environment',
    'Namespace coped-production',
    'annotation argocd.argoproj.io/sync-options: Prune=false,Delete=false → nothing',
    '→ touches data: Argo CD treats the Namespace coped-production otherwise: Prune=false,Delete=false → nothing',
    '→ restarts nothing',
  ]);
});

test('a new connection is a rule in the policies of both ends', () => {
  const words = inProduction({ cluster: { kubernetesApi: { cidrs: ['10.1.0.0/16'], port: 443 } } });
  expect(words.slice(0, words.indexOf('postgres'))).toEqual([
    'certificates',
    'NetworkPolicy certificates',
    'explains: to kubernetes-api on 443: it makes and renews certificates',
    'no longer explains: to kubernetes-api on 6443: it makes and renews certificates',
    'no longer may connect to 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 on 6443',
    'may connect to 10.1.0.0/16 on 443',
    '→ new connections follow the policies at once; those that are open stay',
    '→ restarts nothing',
  ]);
});

test('a new policy says what it is for', () => {
  const before = manifests(production).filter(
    ({ kind, metadata }) => !(kind === 'NetworkPolicy' && metadata.name === 'nginx'),
  );
  expect(said(production, before, manifests(production))).toEqual([
    'nginx',
    'new NetworkPolicy nginx',
    'from ingress-controller on 8080: visitors come through the Ingress',
    'to web on 8000: nginx passes requests for pages on to Gunicorn',
    'to cluster-dns on 53: it finds the other Services by name',
    '→ restarts nothing',
  ]);
});

test('another host changes the Ingress, and restarts the application', () => {
  const words = inProduction({ address: { ...production.address, host: 'new.example.org' } });
  expect(words.slice(words.indexOf('web'))).toEqual([
    'web',
    'Deployment web',
    'web, wait-for-migrations: variable DJANGO_ALLOWED_HOSTS: coped.example.org → new.example.org',
    'web, wait-for-migrations: variable SITE_URL: https://coped.example.org → https://new.example.org',
    'web: livenessProbe.httpGet.httpHeaders[Host].value: coped.example.org → new.example.org',
    'web: readinessProbe.httpGet.httpHeaders[Host].value: coped.example.org → new.example.org',
    'web: startupProbe.httpGet.httpHeaders[Host].value: coped.example.org → new.example.org',
    '→ restarts web: each old pod serves until a new one is ready',
    'nginx',
    'Ingress coped',
    'no longer serves coped.example.org',
    'serves new.example.org',
    'no longer has TLS for coped.example.org by the Secret coped-tls',
    'has TLS for new.example.org by the Secret coped-tls',
    '→ restarts nothing',
  ]);
});

test('a new variable restarts the pods', () => {
  const [web] = manifests(production).filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'web',
  );
  const env = web?.spec?.template?.spec.containers[0]?.env ?? [];
  const path = [...container(0), 'env'];
  expect(editing('Deployment', 'web', path, [...env, { name: 'LOG_LEVEL', value: 'INFO' }])).toEqual([
    'restarts: web',
    'web',
    'Deployment web',
    'web: new variable LOG_LEVEL: INFO',
    '→ restarts web: each old pod serves until a new one is ready',
  ]);
  expect(editing('Deployment', 'web', path, env.slice(1))).toContain('web: without the variable DEBUG (0)');
  expect(editing('Deployment', 'web', path, env.toReversed())).toContain(
    `web: order of env: ${env.map(({ name }) => name).join(', ')} → ${env
      .map(({ name }) => name)
      .toReversed()
      .join(', ')}`,
  );
});

describe('a reference to another Secret', () => {
  const path = [...container(0), 'env', 0];
  const from = (name: string, key: string) => ({
    name: 'DEBUG',
    valueFrom: { secretKeyRef: { name, key } },
  });

  test('makes new pods wait until the operator has made it', () => {
    expect(editing('Deployment', 'nginx', [...container(0), 'env'], [from('other', 'key')])).toEqual([
      'waits: nginx',
      'restarts: nginx',
      'nginx',
      'Deployment nginx',
      'nginx: new variable DEBUG: from the Secret other/key',
      '→ waits: the Deployment nginx until the Secret other/key exists: nothing here makes it, unless a Job does',
      '→ restarts nginx: each old pod serves until a new one is ready',
    ]);
  });

  test('of the credentials says which command makes it', () => {
    const withoutSnapshots = edited(
      'StatefulSet',
      'elasticsearch',
      ['spec', 'template', 'spec', 'volumes'],
      [],
    );
    expect(said(production, withoutSnapshots, manifests(production))).toContain(
      '→ waits: the StatefulSet elasticsearch until the Secret elasticsearch-snapshot/password exists: make it first: npm run secrets -- production --env-file FILE',
    );
  });

  test('that was known before waits for nothing', () => {
    expect(editing('Deployment', 'web', path, from('django', 'secret-key')).join('\n')).not.toContain(
      'waits',
    );
  });
});

test('another place in the store says that pods go on with the value that they have', () => {
  const before = { ...production, credentials: 'external', secretStore: store('coped/old') } as const;
  const after = { ...before, secretStore: store('coped/new') };
  expect(said(before, manifests(before), manifests(after))).toContain(
    '→ the operator copies the Secret django from there; pods go on with the value that they have until they restart',
  );
});

describe('what Kubernetes never changes', () => {
  const labels = { 'app.kubernetes.io/name': 'other' };
  test.each([
    [
      'StatefulSet',
      'postgres',
      ['spec', 'serviceName'],
      'other',
      'spec.serviceName of the StatefulSet postgres, which Kubernetes never changes: see docs/volumes.md#fields-that-cannot-be-changed',
    ],
    [
      'StatefulSet',
      'postgres',
      ['spec', 'selector', 'matchLabels'],
      labels,
      'spec.selector.matchLabels["app.kubernetes.io/instance"] of the StatefulSet postgres, which Kubernetes never changes: see docs/volumes.md#fields-that-cannot-be-changed',
    ],
    [
      'Deployment',
      'web',
      ['spec', 'selector', 'matchLabels', 'app.kubernetes.io/name'],
      'other',
      'spec.selector.matchLabels["app.kubernetes.io/name"] of the Deployment web, which Kubernetes never changes; delete the Deployment first (kubectl delete -n coped-production deployment/web); its pods end with it',
    ],
    [
      'Service',
      'postgres-headless',
      ['spec', 'clusterIP'],
      undefined,
      'spec.clusterIP of the Service postgres-headless, which Kubernetes never changes; delete the Service first (kubectl delete -n coped-production service/postgres-headless)',
    ],
    [
      'RoleBinding',
      'postgres',
      ['roleRef', 'name'],
      'other',
      'roleRef.name of the RoleBinding postgres, which Kubernetes never changes; delete the RoleBinding first (kubectl delete -n coped-production rolebinding/postgres)',
    ],
  ])('%s %s %j', (kind, name, path, value, expected) => {
    expect(editing(kind, name, path, value)).toContain(`→ cannot be applied: ${expected}`);
  });

  test('the pods of a Job that keeps its name', () => {
    const job = manifests(production).find(({ kind }) => kind === 'Job');
    const words = editing('Job', job?.metadata.name ?? '', [...container(0), 'image'], 'other');
    expect(words.join('\n')).toMatch(
      /cannot be applied: template.spec.containers\[[\w-]+\].image of the Job [\w-]+, which Kubernetes never changes; delete the Job first/,
    );
  });

  test('but the replicas and the way of an update are changed', () => {
    const words = editing('StatefulSet', 'postgres', ['spec', 'updateStrategy'], { type: 'OnDelete' });
    expect(words).toEqual([
      'postgres',
      'StatefulSet postgres',
      'spec.updateStrategy: nothing → {"type":"OnDelete"}',
      '→ restarts nothing',
    ]);
  });
});

test('another port of a Service restarts nothing', () => {
  expect(editing('Service', 'web', ['spec', 'ports', 0, 'port'], 8001)).toEqual([
    'web',
    'Service web',
    'port of http 8000 → 8001',
    '→ the Service web leads new connections there as soon as it is applied',
    '→ restarts nothing',
  ]);
});

test('every value that differs is in the words', () => {
  const leaves = (value: unknown, path: Path): Path[] => {
    if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, [...path, index]));
    if (!isRecord(value)) return [path];
    return Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
  };
  for (const object of manifests(production).filter(({ kind }) => kind !== 'ConfigMap')) {
    for (const path of leaves(object, []).filter(([first]) => first !== 'metadata' && first !== 'kind')) {
      const words = wordsOf(object.kind, changesOf(object, withValue(object, path, 'EDITED'))).join('\n');
      expect([path.join('.'), words]).toEqual([
        path.join('.'),
        expect.stringMatching(unsaid(path) ?? 'EDITED'),
      ]);
    }
  }
});

/** What is said in place of a value. */
function unsaid(path: Path): string | undefined {
  return path.includes('coped/configuration-hash') ? 'configuration' : undefined;
}
