import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { CredentialName } from '../../../environments/credentials.ts';
import { databaseOf } from '../../../tools/load/database.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { small } from '../../lib/applications.ts';

const password: CredentialName = 'SQL_PASSWORD';
const databases = {
  measurements: { description: 'of the stations', owner: 'application' },
  order: { description: 'of a program', owner: { role: 'user', password }, readBy: ['reader'] },
} as const;
const environment = { ...environments.dev, application: { ...small, databases } };

/** The SQL that a member runs for the rights, from the files of its image. */
function rights(name?: string): string {
  const { rights: command } = databaseOf(environment, name);
  const here = command.replace('/usr/local/share/coped-postgres', join(root, 'docker/postgres'));
  return execFileSync('bash', ['-c', here], { encoding: 'utf8' });
}

test.each([undefined, 'coped', 'measurements'])('%s is of the application, with its rights', (name) => {
  const { database, owner, isOfProgram } = databaseOf(environment, name);
  expect([database, owner, isOfProgram]).toEqual([name ?? 'coped', 'coped_owner', false]);
  expect(rights(name)).toContain('TO coped_owner');
});

test('a database of a program has the rights of its owner and its readers, whatever they are called', () => {
  expect(databaseOf(environment, 'order')).toMatchObject({ owner: 'user', isOfProgram: true });
  const sql = rights('order');
  expect(sql).toContain('ALTER DATABASE "order" OWNER TO "user";');
  expect(sql).toContain('GRANT CONNECT ON DATABASE "order" TO "user", "coped_reader", coped_backup;');
  expect(sql).toContain('FOR ROLE "user" IN SCHEMA public GRANT SELECT ON TABLES TO "user", "coped_reader";');
  expect(sql).not.toMatch(/[{}]/);
});

test('a database that nobody declares is refused, with those that are', () =>
  expect(() => databaseOf(environment, 'Order')).toThrow(
    '--database is "Order", expected coped or measurements or order',
  ));
