import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import {
  applicationDatabases,
  databaseAccess,
  databaseNames,
  databaseSettings,
  ownerPasswords,
  programRoles,
} from '../../../charts/configuration/databases.ts';
import { configuration } from '../../../charts/configuration/postgres.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import type { Database } from '../../../environments/contract.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { small } from '../../lib/applications.ts';
import { object, podOf, secretsOf } from '../../lib/manifests.ts';

// A file needs a credential that exists, and only the charts have some whatever application runs here. An environment's
// file would be refused: environments/validate-databases.ts.
const databases = {
  measurements: { description: 'what the stations measure', owner: 'application' },
  charts: {
    description: "charts: people's own",
    owner: { role: 'graphs', password: 'ELASTIC_MONITOR_PASSWORD' },
    readBy: ['application', 'reader'],
  },
  sheets: { description: 'sheets', owner: { role: 'sheets', password: 'ELASTIC_SNAPSHOT_PASSWORD' } },
} as const satisfies Readonly<Record<string, Database>>;

const without = { ...production, application: small };
const environment = { ...production, application: { ...small, databases } };

test('an application that declares none has its first one only, and no file of others', () => {
  expect(databaseNames(without)).toEqual(['coped']);
  expect(applicationDatabases(without)).toEqual([]);
  expect(ownerPasswords(without)).toEqual({});
  expect(Object.keys(configuration(postgres, without))).toEqual(['member.yml', 'cluster.yml']);
  expect(databaseAccess(without)).toEqual([
    'hostssl coped coped,coped_migrator,coped_reader all scram-sha-256',
    'hostssl coped coped_backup all cert map=members',
  ]);
});

test('the members find the others in a file, those of another owner with who it is and who else reads', () => {
  const text = object(environment, 'ConfigMap', 'postgres').data?.['databases.yml'] ?? '';
  expect(load(text)).toEqual({
    measurements: { description: 'what the stations measure' },
    charts: { description: "charts: people's own", owner: 'graphs', readers: ['coped', 'coped_reader'] },
    sheets: { description: 'sheets', owner: 'sheets', readers: [] },
  });
  expect(databaseNames(environment)).toEqual(['coped', 'measurements', 'charts', 'sheets']);
});

test('only roles that have to do with a database connect to it; migrations to those of the application only', () => {
  expect(databaseAccess(environment)).toEqual([
    'hostssl coped coped,coped_migrator,coped_reader all scram-sha-256',
    'hostssl measurements coped,coped_migrator,coped_reader all scram-sha-256',
    'hostssl charts graphs,coped,coped_reader all scram-sha-256',
    'hostssl sheets sheets all scram-sha-256',
    'hostssl coped coped_backup all cert map=members',
    'hostssl measurements coped_backup all cert map=members',
    'hostssl charts coped_backup all cert map=members',
    'hostssl sheets coped_backup all cert map=members',
  ]);
  expect(applicationDatabases(environment)).toEqual(['measurements']);
});

test('what is loaded into a database of another program belongs to its role, and who reads it may read that', () => {
  expect(programRoles(environment, 'charts')).toEqual({
    owner: 'graphs',
    readers: ['graphs', 'coped', 'coped_reader'],
  });
  expect(programRoles(environment, 'sheets')).toEqual({ owner: 'sheets', readers: ['sheets'] });
  for (const name of ['coped', 'measurements', 'unknown'])
    expect(programRoles(environment, name)).toBeUndefined();
});

test('nobody else connects: the last rule rejects', () => {
  const cluster = load(object(environment, 'ConfigMap', 'postgres').data?.['cluster.yml'] ?? '');
  expect(cluster).toMatchObject({
    postgresql: {
      pg_hba: [
        ...[expect.any(String), expect.any(String), expect.any(String)],
        ...databaseAccess(environment),
        'host all all all reject',
      ],
    },
  });
});

test('the members read the password of each owner, as a file of its name', () => {
  const pod = podOf({ ...dev, application: { ...small, databases } }, 'StatefulSet', 'postgres');
  const files = pod.volumes
    ?.find(({ name }) => name === 'passwords')
    ?.projected?.sources?.flatMap(({ secret }) => secret?.items ?? []);
  expect(files?.map(({ path }) => path)).toEqual([
    'coped',
    'coped_migrator',
    'coped_reader',
    'replicator',
    'graphs',
    'sheets',
  ]);
  expect(secretsOf(pod, 'postgres')).toContain('elasticsearch-monitor/password');
});

test('no line of a file is folded, however long it is', () => {
  const long = 'a'.repeat(60);
  const text = databaseSettings({
    ...production,
    application: {
      ...small,
      databases: { [long]: { description: 'word '.repeat(40).trim(), owner: 'application' } },
    },
  });
  expect(text['databases.yml']?.trim().split('\n')).toHaveLength(2);
});
