import { expect, test } from '@jest/globals';
import type { Database } from '../../environments/contract.ts';
import { dev } from '../../environments/dev.ts';
import { production } from '../../environments/production.ts';
import { validate } from '../../environments/validate.ts';
import { validateApplication } from '../../environments/validate-application.ts';
import { small } from '../lib/applications.ts';

const own: Database = { description: 'what was measured', owner: 'application' };
const program = (role: string): Database => ({
  description: 'charts',
  owner: { role, password: 'ELASTIC_MONITOR_PASSWORD' },
});
const problems = (databases: Readonly<Record<string, Database>>) =>
  validateApplication({ ...small, databases });

const keywords = 'all, none, public, replication, samegroup, samerole, sameuser';
const database = `the name of a database: a-z, 0-9 and _, a letter first, at most 63, none of coped, default, postgres, template0, template1, ${keywords}`;
const role = `the name of a role: a-z, 0-9 and _, a letter first, at most 63, not beginning with coped or pg_, none of postgres, replicator, ${keywords}`;

test('databases of the application and of programs stand beside each other', () => {
  const longest = 'a'.repeat(63);
  expect(
    problems({ measurements: own, [longest]: own, order: program('metabase'), copied: program(longest) }),
  ).toEqual([]);
});

test.each([
  ...['', 'a-b', 'A', '1a', '_a', 'a"b', 'a b', 'a'.repeat(64)],
  ...['coped', 'default', 'postgres', 'template0', 'template1', 'all', 'replication', 'sameuser'],
])('a database cannot be called %j', (name) => {
  expect(problems({ [name]: own })).toEqual([
    `a name in databases is "${name.replace('"', '\\"')}", expected ${database}`,
  ]);
});

test.each([
  ...['', 'a-b', 'A', '1a', 'a"b', 'a'.repeat(64)],
  ...['coped', 'coped_owner', 'coped_migrator', 'coped_reader', 'coped_backup', 'replicator', 'postgres'],
  ...['pg_monitor', 'public', 'none', 'all'],
])('a role that owns a database cannot be called %j', (name) => {
  expect(problems({ charts: program(name) })).toEqual([
    `databases.charts.owner.role is "${name.replace('"', '\\"')}", expected ${role}`,
  ]);
});

test('a role owns one database, because it must not connect to that of another program', () => {
  expect(problems({ a: program('metabase'), b: program('metabase') })).toEqual(
    ['a', 'b'].map(
      (name) => `databases.${name}.owner.role is "metabase", expected a role that owns no other database`,
    ),
  );
});

test('what it holds is said in one line', () => {
  expect(problems({ charts: { ...own, description: 'a\nb' } })).toEqual([
    'databases.charts.description is "a\\nb", expected one line of text',
  ]);
});

test('an environment in which nobody needs the password of an owner is named', () => {
  const databases: Record<string, Database> = {
    charts: { description: 'charts', owner: { role: 'charts', password: 'BACKUP_PASSPHRASE' } },
  };
  const application = { ...small, databases };
  expect(validate({ production: { ...production, application } })).toEqual([]);
  expect(validate({ dev: { ...dev, application } })).toEqual([
    `environments/application.ts: databases.charts.owner.password is "BACKUP_PASSPHRASE", expected a credential that ${dev.namespace} needs (neededIn)`,
  ]);
});
