import { postgresRoles } from '../../charts/lib/users.ts';
import { UserError } from '../terminal/user-error.ts';

/** What a dump holds, as far as it decides whether and how it can be loaded. */
export interface Contents {
  /** The database that was dumped, and when. */
  readonly database: string;
  readonly createdAt: string;
  /** Major versions of the server and of pg_dump. */
  readonly server: number;
  readonly program: number;
  readonly encoding: string;
  readonly extensions: readonly string[];
  /** Other schemas than public. */
  readonly schemas: readonly string[];
  /** Whether it makes the schema public itself, as one of `pg_dump --schema=public` does. */
  readonly makesPublic: boolean;
  /** Roles of owners and rights that are not roles here. */
  readonly roles: readonly string[];
  /** Policies of row-level security that name roles, and those roles. */
  readonly policies: readonly { readonly name: string; readonly roles: readonly string[] }[];
  readonly tablespaces: readonly string[];
  /** The names of what it holds of one kind, in pg_restore's own words, such as `EVENT TRIGGER`. */
  readonly named: (kind: string) => readonly string[];
}

/** `215; 1259 16385 TABLE public auth_user owner`; an object without a schema has `-`, one without an owner nothing. */
const line = /^\d+; \d+ \d+ ([A-Z]+(?: [A-Z]+)*) (\S+) (.+) (\S*)$/;

/**
 * Reads what pg_restore says of a dump.
 *
 * @param list what it prints with `--list`
 * @param script what it prints with `--schema-only`
 * @throws UserError when it says something else
 * @see https://www.postgresql.org/docs/17/app-pgrestore.html
 */
export function readContents(list: string, script: string): Contents {
  const entries = list.split('\n').flatMap((text) => {
    const [, kind = '', schema = '', name = '', owner = ''] = line.exec(text) ?? [];
    return kind === '' ? [] : [{ kind, schema, name, owner }];
  });
  const named = (kind: string) => entries.filter((entry) => entry.kind === kind).map(({ name }) => name);
  // Rights are left out, and those of Postgres' own functions are dumped where somebody has changed them, as here.
  const loaded = entries.filter(({ kind }) => kind !== 'ACL');
  const schemas = [...named('SCHEMA'), ...loaded.map(({ schema }) => schema)];
  const granted = [...script.matchAll(/^(?:GRANT|ALTER DEFAULT PRIVILEGES) .* TO (.+?)(?: WITH .*)?;$/gm)];
  const policies = [
    ...script.matchAll(
      /^CREATE POLICY (.+?) ON \S+(?: AS RESTRICTIVE)?(?: FOR [A-Z]+)? TO (.+?)(?: USING | WITH CHECK |;)/gm,
    ),
  ];
  const roles = [
    ...entries.map(({ owner }) => owner),
    ...granted.map(([, role = '']) => role.replaceAll('"', '')),
  ];
  return {
    database: header(list, 'dbname', /^; +dbname: (.+)$/m),
    createdAt: header(list, 'time', /^; Archive created at (.+)$/m),
    server: Number(header(list, 'version of Postgres', /Dumped from database version: (\d+)/)),
    program: Number(header(list, 'version of pg_dump', /Dumped by pg_dump version: (\d+)/)),
    encoding: header(script, 'encoding', /^SET client_encoding = '(.+)';$/m),
    extensions: named('EXTENSION'),
    schemas: unique(schemas).filter((schema) => schema !== '-' && schema !== 'public'),
    makesPublic: /^CREATE SCHEMA public;$/m.test(script),
    roles: unique(roles).filter(
      (role) =>
        !role.startsWith('pg_') && !['', 'PUBLIC', ...Object.values<string>(postgresRoles)].includes(role),
    ),
    policies: policies.map(([, name = '', roles = '']) => ({
      name: name.replaceAll('"', ''),
      roles: roles.replaceAll('"', '').split(', '),
    })),
    tablespaces: unique(
      [...script.matchAll(/^SET default_tablespace = (.+);$/gm)].map(([, name = '']) => name),
    ).filter((name) => name !== "''"),
    named,
  };
}

function header(text: string, what: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new UserError(`pg_restore does not say the ${what} of the dump`);
  return found;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
