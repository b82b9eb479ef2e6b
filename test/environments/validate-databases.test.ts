import { expect, test } from '@jest/globals';
import type { Database } from '../../environments/contract.ts';
import { type Credential, type CredentialName, ofTheCharts } from '../../environments/credentials.ts';
import { dev } from '../../environments/dev.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';
import { validate } from '../../environments/validate.ts';
import { validateApplication } from '../../environments/validate-application.ts';
import { passwordProblems } from '../../environments/validate-databases.ts';
import { small } from '../lib/applications.ts';

const own: Database = { description: 'what was measured', owner: 'application' };
/** With a password that the application which runs here need not have, so its type does not know the name. */
const program = (role: string, password: string = `${role.toUpperCase()}_PASSWORD`): Database => ({
  description: 'charts',
  owner: { role, password: password as CredentialName },
});
const metabase = { ...small, databases: { charts: program('metabase') } };
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
  expect(problems({ a: program('metabase'), b: program('metabase', 'OTHER_PASSWORD') })).toEqual(
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

test('two databases have two passwords, because one program must not log in as the other', () => {
  expect(problems({ a: program('charts', 'PASSWORD'), b: program('sheets', 'PASSWORD') })).toEqual(
    ['a', 'b'].map(
      (name) =>
        `databases.${name}.owner.password is "PASSWORD", expected a credential that is the password of no other database: declare one for each`,
    ),
  );
});

const refused = (password: string, { namespace }: { readonly namespace: string }) =>
  `databases.charts.owner.password is "${password}", expected a credential that environments/application.ts declares, none of the charts', and that ${namespace} needs (neededIn)`;

test('an environment in which nobody needs the password of an owner is named', () => {
  const METABASE_PASSWORD: Credential = {
    ...ofTheCharts.SQL_PASSWORD,
    secret: 'metabase',
    neededIn: ({ kind }) => kind !== 'dev',
  };
  const problemsIn = (environment: AnyEnvironment) =>
    passwordProblems({ ...environment, application: metabase }, { METABASE_PASSWORD });
  expect(problemsIn(production)).toEqual([]);
  expect(problemsIn(dev)).toEqual([refused('METABASE_PASSWORD', dev)]);
});

test.each(Object.keys(ofTheCharts))('a program does not get the %s of the charts', (password) => {
  const databases = { charts: program('metabase', password) };
  expect(validate({ production: { ...production, application: { ...small, databases } } })).toEqual([
    `environments/application.ts: ${refused(password, production)}`,
  ]);
});
