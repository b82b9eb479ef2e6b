import { dump } from 'js-yaml';
import type { Database } from '../../environments/contract.ts';
import type { CredentialName } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { applicationUser, postgresRoles } from '../lib/users.ts';

/** Role of the backups; it logs in with a certificate instead of a password. */
export const backupRole = 'coped_backup';

/** Which role of Postgres reads, by who that is. */
const readers = { application: postgresRoles.app, reader: postgresRoles.reader } as const;

/** The databases beside the first. */
function databasesOf({ application }: AnyEnvironment): [string, Database][] {
  return Object.entries(application.databases ?? {});
}

/** The names of all databases, the application's first one before the others. */
export function databaseNames(environment: AnyEnvironment): string[] {
  return [applicationUser, ...databasesOf(environment).map(([name]) => name)];
}

/** The names of those beside the first that are the application's: it migrates them, too. */
export function applicationDatabases(environment: AnyEnvironment): string[] {
  return databasesOf(environment).flatMap(([name, { owner }]) => (owner === 'application' ? [name] : []));
}

/** The file of the databases beside the first, as docker/postgres/member/ reads it; without any there is no file. */
export function databaseSettings(environment: AnyEnvironment): Record<string, string> {
  const databases = databasesOf(environment);
  if (databases.length === 0) return {};
  const settings = databases.map(([name, database]) => [
    name,
    {
      description: database.description,
      ...(database.owner !== 'application' && {
        owner: database.owner.role,
        readers: rolesThatRead(database),
      }),
    },
  ]);
  return { 'databases.yml': dump(Object.fromEntries(settings), { lineWidth: -1 }) };
}

/**
 * Who may connect to which database, by TLS.
 *
 * @see https://www.postgresql.org/docs/17/auth-pg-hba-conf.html
 */
export function databaseAccess(environment: AnyEnvironment): string[] {
  const clients = [postgresRoles.app, postgresRoles.migrator, postgresRoles.reader].join(',');
  return [
    ...[applicationUser, ...applicationDatabases(environment)].map(
      (name) => `hostssl ${name} ${clients} all scram-sha-256`,
    ),
    ...databasesOf(environment).flatMap(([name, database]) =>
      database.owner === 'application'
        ? []
        : [
            `hostssl ${name} ${[database.owner.role, ...rolesThatRead(database)].join(',')} all scram-sha-256`,
          ],
    ),
    ...databaseNames(environment).map((name) => `hostssl ${name} ${backupRole} all cert map=members`),
  ];
}

/** Which credential is the password of which role that owns a database. */
export function ownerPasswords(environment: AnyEnvironment): Record<string, CredentialName> {
  return Object.fromEntries(
    databasesOf(environment).flatMap(([, { owner }]) =>
      owner === 'application' ? [] : [[owner.role, owner.password]],
    ),
  );
}

/**
 * Who owns a database of another program, and who reads its tables, the owner first.
 *
 * @returns undefined for one of the application, whose roles are those of the first
 */
export function programRoles(
  environment: AnyEnvironment,
  name: string,
): { readonly owner: string; readonly readers: readonly string[] } | undefined {
  const [, database] = databasesOf(environment).find(([each]) => each === name) ?? [];
  if (!database || database.owner === 'application') return undefined;
  return { owner: database.owner.role, readers: [database.owner.role, ...rolesThatRead(database)] };
}

function rolesThatRead({ readBy = [] }: Database): string[] {
  return readBy.map((who) => readers[who]);
}
