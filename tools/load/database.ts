import { databaseNames, programRoles } from '../../charts/configuration/databases.ts';
import { applicationUser, postgresRoles } from '../../charts/lib/users.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { UserError } from '../terminal/user-error.ts';

/** A database into which a dump can be loaded. */
export interface Database {
  readonly database: string;
  /** The role to which everything in it belongs. */
  readonly owner: string;
  /** Whether it is of another program, and not of the application. */
  readonly isOfProgram: boolean;
  /** A command of the shell in a member that prints the SQL of the rights in it. */
  readonly rights: string;
}

const statements = '/usr/local/share/coped-postgres';

/**
 * The database with this name, as the application's file declares it.
 *
 * @param name the first one by default
 * @throws UserError when there is none of this name
 */
export function databaseOf(environment: AnyEnvironment, name: string = applicationUser): Database {
  const names = databaseNames(environment);
  if (!names.includes(name))
    throw new UserError(
      `--database is ${JSON.stringify(name)}, expected ${names.join(' or ')}\n` +
        "environments/application.ts names those beside the first, in databases: docs/application-contract.md, 'Databases beside the first'",
    );
  const roles = programRoles(environment, name);
  if (!roles)
    return {
      database: name,
      owner: postgresRoles.owner,
      isOfProgram: false,
      rights: `cat ${statements}/rights.sql`,
    };
  const { owner, readers } = roles;
  // What docker/postgres/member/database.py puts in. The names are checked: there is no quote in them.
  const values = { database: `"${name}"`, owner: `"${owner}"`, readers: `"${readers.join('", "')}"` };
  const puts = Object.entries(values).map(([key, value]) => `-e 's/{${key}}/${value}/g'`);
  return {
    database: name,
    owner,
    isOfProgram: true,
    rights: `sed ${puts.join(' ')} ${statements}/rights-of-another-owner.sql`,
  };
}
