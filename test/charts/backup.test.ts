import { describe, expect, test } from '@jest/globals';
import type { Backups } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';
import { staging } from '../../environments/staging.ts';
import { locally, type Manifest, manifests } from '../lib/manifests.ts';

interface CronJob {
  readonly schedule: string;
  readonly suspend?: boolean;
  readonly concurrencyPolicy: string;
  readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: Pod } } };
}

interface Pod {
  readonly containers: readonly {
    readonly name: string;
    readonly command?: readonly string[];
    readonly env?: readonly { readonly name: string; readonly valueFrom?: object }[];
    readonly volumeMounts: readonly { readonly name: string }[];
  }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly ephemeral?: {
      readonly volumeClaimTemplate: {
        readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
      };
    };
  }[];
}

const repositoryKeys = [
  'PGBACKREST_REPO1_S3_KEY',
  'PGBACKREST_REPO1_S3_KEY_SECRET',
  'PGBACKREST_REPO1_CIPHER_PASS',
];

function find(all: readonly Manifest[], kind: string, name: string): Manifest {
  const found = all.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

function cronJob(all: readonly Manifest[], name: string): CronJob {
  return find(all, 'CronJob', name).spec as unknown as CronJob;
}

function podOf(job: CronJob): Pod {
  return job.jobTemplate.spec.template.spec;
}

/** A file of pgBackRest's settings, as `section.key`. */
function settings(all: readonly Manifest[], file: string): Readonly<Record<string, string>> {
  let section = '';
  const entries: [string, string][] = [];
  for (const line of (find(all, 'ConfigMap', 'pgbackrest').data?.[file] ?? '').split('\n')) {
    const [, name] = /^\[(.*)\]$/.exec(line) ?? [];
    const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    if (key !== undefined && value !== undefined) entries.push([`${section}.${key}`, value]);
  }
  return Object.fromEntries(entries);
}

describe.each([staging, production])('$namespace', (environment) => {
  const all = manifests(environment);
  const member = settings(all, 'member.conf');
  const host = settings(all, 'repository-host.conf');
  const server = settings(all, 'server.conf');

  test('each kind of backup, and the restore test, has the schedule of the environment, and runs once at a time', () => {
    const { full, differential, incremental, rehearsal }: Backups = environment.backups;
    const names = ['backup-full', 'backup-differential', 'backup-incremental', 'rehearsal'];
    const jobs = names.map((name) => cronJob(all, `postgres-${name}`));
    expect(jobs.map(({ schedule }) => schedule)).toEqual([full, differential, incremental, rehearsal]);
    expect(new Set(jobs.map(({ concurrencyPolicy }) => concurrencyPolicy))).toEqual(new Set(['Forbid']));
  });

  test('a Job makes the first backup, so that a new cluster is protected from its first hour', () => {
    const job = all.find(({ kind, metadata }) => kind === 'Job' && /^postgres-backup-/.test(metadata.name));
    expect(job?.spec?.template?.spec.containers[0]?.command).toEqual(['tini', '--', 'take-backup', 'first']);
  });

  test('the template of a restore never runs by itself', () => {
    expect(cronJob(all, 'postgres-restore').suspend).toBe(true);
  });

  test('the repository is encrypted, by TLS only, in a folder of the environment', () => {
    for (const file of [member, host]) {
      expect(file).toMatchObject({
        'global.repo1-type': 's3',
        'global.repo1-path': `/${environment.namespace}`,
        'global.repo1-cipher-type': 'aes-256-cbc',
        'global.repo1-retention-full-type': 'time',
        'global.repo1-retention-full': `${environment.backups.keepDays}`,
      });
      expect(Object.keys(file)).not.toContain('global.repo1-storage-verify-tls');
    }
  });

  test('no key of the repository stands in the settings', () => {
    const names = [member, host, server].flatMap((file) => Object.keys(file));
    expect(names.filter((name) => /cipher-pass|s3-key/.test(name))).toEqual([]);
  });

  test('a backup pod reads every member, by TLS in both directions', () => {
    for (let number = 1; number <= environment.postgres.members; number++) {
      expect(host).toMatchObject({
        [`coped.pg${number}-host`]: `postgres-${number - 1}.postgres-headless`,
        [`coped.pg${number}-host-type`]: 'tls',
        [`coped.pg${number}-host-ca-file`]: '/run/secrets/tls/ca.crt',
        [`coped.pg${number}-host-cert-file`]: '/run/secrets/tls/tls.crt',
      });
    }
    expect(server['global.tls-server-auth']).toBe('postgres=coped');
  });

  test('what waits for an object store that is away is a quarter of the volume at most', () => {
    expect(member['global.archive-push-queue-max']).toBe(`${environment.postgres.storageGibibytes * 256}MiB`);
  });

  test('the server beside each member has no key of the repository, the others get each of them from a Secret', () => {
    const containers = find(all, 'StatefulSet', 'postgres').spec?.template?.spec
      .containers as Pod['containers'];
    const keys = (found: Pod['containers'][number] | undefined) =>
      (found?.env ?? []).filter(({ name }) => repositoryKeys.includes(name));
    expect(keys(containers.find(({ name }) => name === 'pgbackrest'))).toEqual([]);
    const users = [
      containers.find(({ name }) => name === 'postgres'),
      ...['postgres-backup-full', 'postgres-rehearsal', 'postgres-restore'].map(
        (name) => podOf(cronJob(all, name)).containers[0],
      ),
    ];
    for (const user of users) {
      expect(keys(user).map(({ name }) => name)).toEqual(repositoryKeys);
      expect(keys(user).every(({ valueFrom }) => valueFrom !== undefined)).toBe(true);
    }
  });

  test('a restore test has its own volume, as large as that of a member, and no certificate of a member', () => {
    const pod = podOf(cronJob(all, 'postgres-rehearsal'));
    const data = pod.volumes.find(({ name }) => name === 'data');
    expect(data?.ephemeral?.volumeClaimTemplate.spec.resources.requests.storage).toBe(
      `${environment.postgres.storageGibibytes}Gi`,
    );
    expect(pod.volumes.map(({ name }) => name)).not.toContain('tls');
  });
});

test('without an object store there are no backups, and no server for them', () => {
  const all = manifests(locally('production'));
  expect(all.filter(({ metadata }) => /backup|rehearsal|restore|pgbackrest/.test(metadata.name))).toEqual([]);
  const containers = find(all, 'StatefulSet', 'postgres').spec?.template?.spec.containers;
  expect(containers?.map(({ name }) => name)).toEqual(['postgres']);
});

test("the certificate of an object store is checked with the store's own certificate authority", () => {
  const store = {
    host: 's3.example',
    port: 7070,
    region: 'r',
    bucket: 'b',
    uriStyle: 'path',
    caConfigMap: 'authority',
    reachedAt: { namespace: 'store' },
  } as const;
  const all = manifests(locally('production', store));
  expect(settings(all, 'member.conf')['global.repo1-storage-ca-file']).toMatch(/ca\.crt$/);
  const pod = podOf(cronJob(all, 'postgres-rehearsal'));
  expect(pod.volumes).toContainEqual({ name: 'object-store-authority', configMap: { name: 'authority' } });
});
