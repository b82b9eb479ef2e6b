import { describe, expect, test } from '@jest/globals';
import {
  archiveContainer,
  archiveSettings,
  archiveVolumes,
  backupServer,
  backupsOf,
  hasBackups,
  pgbackrestContainer,
  pgbackrestVolumes,
} from '../../../charts/configuration/pgbackrest.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { credentials } from '../../../environments/credentials.ts';
import type { AnyEnvironment, Backups } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { locally, object, ownObjectStore } from '../../lib/manifests.ts';

type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A file of pgBackRest's settings, by section and key. */
function settings(environment: AnyEnvironment, file: string): Settings {
  const sections: Record<string, Record<string, string>> = {};
  const text = object(environment, 'ConfigMap', 'pgbackrest').data?.[file] ?? '';
  let section: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name] = /^\[(.*)\]$/.exec(line) ?? [];
    const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      section = {};
      sections[name] = section;
    } else if (key !== undefined && value !== undefined) section[key] = value;
    else expect(line).toBe('');
  }
  return sections;
}

const withOwnStore = { ...production, backups: { ...production.backups, objectStore: ownObjectStore } };

describe.each([
  [staging.namespace, staging],
  [production.namespace, production],
  ['with an object store of its own', withOwnStore],
] as const)('%s', (_, environment) => {
  const { objectStore, keepDays }: Backups = environment.backups;
  const member = () => settings(environment, 'member.conf');
  const host = () => settings(environment, 'repository-host.conf');
  const server = () => settings(environment, 'server.conf');
  const files = '/etc/pgbackrest/coped';
  const tls = (prefix: string) => ({
    [`${prefix}-ca-file`]: '/run/secrets/tls/ca.crt',
    [`${prefix}-cert-file`]: '/run/secrets/tls/tls.crt',
    [`${prefix}-key-file`]: '/run/secrets/tls/tls.key',
  });

  const repository = () => ({
    'repo1-type': 's3',
    'repo1-path': `/${environment.namespace}`,
    'repo1-s3-endpoint': objectStore.host,
    'repo1-storage-port': `${objectStore.port}`,
    'repo1-s3-region': objectStore.region,
    'repo1-s3-bucket': objectStore.bucket,
    'repo1-s3-uri-style': objectStore.uriStyle,
    ...(objectStore.caConfigMap && { 'repo1-storage-ca-file': '/etc/pgbackrest/object-store/ca.crt' }),
    'repo1-cipher-type': 'aes-256-cbc',
    'repo1-retention-full-type': 'time',
    'repo1-retention-full': `${keepDays}`,
    'repo1-bundle': 'y',
    'repo1-block': 'y',
    'compress-type': 'zst',
    'process-max': '2',
    ...output,
  });
  const output = { 'log-level-file': 'off', 'log-timestamp': 'n' };
  const itself = { 'pg1-path': '/var/lib/postgresql/data/pgdata', 'pg1-socket-path': '/run/postgresql' };

  test('the repository is encrypted, by TLS only, in a folder of the environment; whoever reads it reads the same', () => {
    expect(member().global).toMatchObject(repository());
    expect(host().global).toMatchObject(repository());
    for (const { global } of [member(), host()])
      expect(Object.keys(global ?? {})).not.toContain('repo1-storage-verify-tls');
  });

  test('a member archives from a queue, a quarter of the volume at most, and does not wait long for a store that is away', () => {
    expect(member()).toEqual({
      global: {
        ...repository(),
        'log-level-console': 'warn',
        'spool-path': '/var/lib/postgresql/data/pgbackrest',
        'archive-async': 'y',
        'archive-push-queue-max': `${environment.postgres.storageGibibytes * 256}MiB`,
      },
      'global:archive-push': { 'archive-timeout': '10' },
      coped: itself,
    });
  });

  test('a backup pod reads every member, by TLS in both directions, a replica rather than the primary', () => {
    const members = Array.from({ length: environment.postgres.members }, (_, index) => ({
      [`pg${index + 1}-path`]: '/var/lib/postgresql/data/pgdata',
      [`pg${index + 1}-host`]: `postgres-${index}.postgres-headless`,
      [`pg${index + 1}-host-type`]: 'tls',
      [`pg${index + 1}-host-port`]: `${postgres.ports.pgbackrest}`,
      [`pg${index + 1}-host-config`]: `${files}/server.conf`,
      ...tls(`pg${index + 1}-host`),
    }));
    expect(host()).toEqual({
      global: {
        ...repository(),
        'log-level-console': 'info',
        'backup-standby': 'prefer',
        'start-fast': 'y',
        'archive-timeout': '120',
        'io-timeout': '20',
      },
      coped: Object.assign({}, ...members),
    });
  });

  test('the server beside a member knows no repository, and answers members and backup pods only', () => {
    expect(server()).toEqual({
      global: {
        ...output,
        'log-level-console': 'warn',
        'tls-server-address': '*',
        'tls-server-port': `${postgres.ports.pgbackrest}`,
        ...tls('tls-server'),
        'tls-server-auth': 'postgres=coped',
      },
      coped: itself,
    });
  });

  test('a segment of WAL is on its way within a minute', () => {
    const { archive_timeout, ...others } = archiveSettings(environment);
    expect(others).toEqual({ archive_mode: 'on', archive_command: 'archive-by-pgbackrest %p' });
    expect(Number(archive_timeout)).toBeLessThan(60);
    expect(Number(archive_timeout)).toBeGreaterThanOrEqual(30);
  });

  test.each(['member', 'repository-host'] as const)(
    'who works as %s has its settings, and each key of the repository by a variable',
    (reader) => {
      const { env, volumeMounts } = pgbackrestContainer(environment.backups, reader);
      const from = ({ secret, key }: { secret: string; key: string }) => ({
        secretKeyRef: { name: secret, key },
      });
      expect(env).toEqual([
        { name: 'PGBACKREST_CONFIG', value: `${files}/${reader}.conf` },
        { name: 'PGBACKREST_REPO1_S3_KEY', valueFrom: from(credentials.BACKUP_S3_KEY) },
        { name: 'PGBACKREST_REPO1_S3_KEY_SECRET', valueFrom: from(credentials.BACKUP_S3_SECRET) },
        { name: 'PGBACKREST_REPO1_CIPHER_PASS', valueFrom: from(credentials.BACKUP_PASSPHRASE) },
      ]);
      const store = {
        name: 'object-store-authority',
        mountPath: '/etc/pgbackrest/object-store',
        readOnly: true,
      };
      expect(volumeMounts).toEqual([
        { name: 'pgbackrest', mountPath: files, readOnly: true },
        ...(objectStore.caConfigMap ? [store] : []),
      ]);
    },
  );

  test("the settings are volumes, and the object store's own authority where it has one", () => {
    expect(pgbackrestVolumes(environment.backups)).toEqual([
      { name: 'pgbackrest', configMap: { name: 'pgbackrest' } },
      ...(objectStore.caConfigMap
        ? [{ name: 'object-store-authority', configMap: { name: objectStore.caConfigMap } }]
        : []),
    ]);
    expect(archiveVolumes(environment)).toEqual(pgbackrestVolumes(environment.backups));
    expect(archiveContainer(environment)).toEqual(pgbackrestContainer(environment.backups, 'member'));
  });

  test('the server beside each member has the files of the member and no key of the repository', () => {
    expect(backupServer(postgres, environment)).toMatchObject({
      name: 'pgbackrest',
      image: environment.images.postgres,
      command: ['serve-backups'],
      env: [{ name: 'PGBACKREST_CONFIG', value: `${files}/server.conf` }],
      size: { cpuMillicores: 10, memoryMebibytes: 192 },
      ports: [{ name: 'pgbackrest', containerPort: postgres.ports.pgbackrest }],
      volumeMounts: [
        { name: 'pgbackrest', mountPath: files, readOnly: true },
        { name: 'data', mountPath: '/var/lib/postgresql/data' },
        { name: 'run', mountPath: '/run/postgresql' },
        { name: 'tls', mountPath: '/run/secrets/tls', readOnly: true },
      ],
    });
  });

  test('the server is started anew when it does not answer for a minute and a half', () => {
    expect(backupServer(postgres, environment)).toMatchObject({
      livenessProbe: {
        exec: { command: ['pgbackrest', 'server-ping', '--log-level-console=warn'] },
        periodSeconds: 30,
        timeoutSeconds: 10,
        failureThreshold: 3,
      },
    });
    expect(backupServer(postgres, environment)).not.toHaveProperty('readinessProbe');
  });
});

test('who asks for the backups of an environment that has none is told so', () => {
  expect(backupsOf(production)).toBe(production.backups);
  expect(() => backupsOf(locally('production'))).toThrow('coped-production has no backups');
  expect([hasBackups(production), hasBackups(locally('production'))]).toEqual([true, false]);
});

test('without backups archiving is on, as switching it needs a restart, and keeps nothing', () => {
  const without = locally('production');
  expect(archiveSettings(without)).toEqual({ archive_mode: 'on', archive_command: '/bin/true' });
  expect(archiveContainer(without)).toEqual({ env: [], volumeMounts: [] });
  expect(archiveVolumes(without)).toEqual([]);
});
