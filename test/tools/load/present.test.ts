import { expect, test } from '@jest/globals';
import { archiveSettings } from '../../../charts/configuration/pgbackrest.ts';
import { environments } from '../../../environments/all.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { databaseOf } from '../../../tools/load/database.ts';
import { readPresent } from '../../../tools/load/present.ts';

test('whether there are backups is read from what Postgres does with its WAL', async () => {
  const queries: string[] = [];
  const answer = { version: 17, tables: 0, rows: 0, bytes: 0, archives: false, extensions: {}, roles: [] };
  const kubectl = async (arguments_: readonly string[]) => {
    queries.push(arguments_.join(' '));
    return JSON.stringify(answer);
  };
  const cluster: Cluster = { context: 'test', kubectl };
  const database = databaseOf(environments.dev);
  await readPresent({ cluster, namespace: 'coped-dev', primary: 'postgres-0', ...database });
  // archive_mode is always on, because a change of it needs a restart.
  const { archive_command: withoutBackups } = archiveSettings(environments.dev);
  expect(queries.join('\n')).toContain(`current_setting('archive_command') <> '${withoutBackups}'`);
});
