import type { Contents } from './contents.ts';
import type { Database } from './database.ts';
import type { Present } from './present.ts';

/** Kinds of objects that only a superuser may make, which the owner of the database is not. */
const needSuperuser = [
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'SERVER',
  'USER MAPPING',
  'FOREIGN TABLE',
  'PROCEDURAL LANGUAGE',
  'ACCESS METHOD',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
] as const;

const largeObjects = ['BLOB', 'BLOB METADATA', 'BLOBS'] as const;

/** Why a dump cannot be loaded, each with what to do about it. */
export function objections(contents: Contents, present: Present): readonly string[] {
  const { server, program, encoding, extensions, schemas, policies, named } = contents;
  const here = present.version;
  const absent = extensions.filter((name) => present.extensions[name] === undefined);
  const refused = extensions.filter((name) => present.extensions[name] === false);
  const hasLargeObjects = largeObjects.some((kind) => named(kind).length > 0);
  return [
    ...(named('TABLE').length === 0
      ? ['it makes no table: name the right database, and leave out --data-only']
      : []),
    ...(server > here
      ? [
          `it is of Postgres ${server}, and here is ${here}: an older Postgres cannot load it; bring the data into a Postgres ${here} first, or Postgres here to ${server} (docs/volumes.md)`,
        ]
      : []),
    ...(program > here && server <= here
      ? [
          `it was made by pg_dump ${program}, and here is ${here}: make it with the pg_dump ${server} of the database's own container`,
        ]
      : []),
    ...(encoding === 'SQL_ASCII'
      ? ['it does not know the encoding of its texts (SQL_ASCII): make it with pg_dump --encoding=UTF8']
      : []),
    ...absent.map(
      (name) =>
        `extension ${name} is not in the image of Postgres here: drop it before the dump if nothing uses it (DROP EXTENSION "${name}"), or add its package to docker/postgres/Dockerfile`,
    ),
    ...refused.map(
      (name) =>
        `extension ${name} can be created by a superuser only: drop it before the dump (DROP EXTENSION "${name}")`,
    ),
    ...schemas.map(
      (name) =>
        `schema ${name}: only public is replaced and read here; leave it out with pg_dump --exclude-schema='${name}', or move its tables before the dump (ALTER TABLE … SET SCHEMA public)`,
    ),
    ...policies.flatMap(({ name, roles }) =>
      roles
        .filter((role) => !present.roles.includes(role))
        .map(
          (role) =>
            `policy ${name} is for the role ${role}, which is not here: drop it before the dump (DROP POLICY), or make it for a role that is here (docs/postgres.md)`,
        ),
    ),
    ...(hasLargeObjects
      ? [
          'large objects, which are not replaced and which the application may not read here: leave them out with pg_dump --no-blobs, or move them into columns of the type bytea before the dump',
        ]
      : []),
    ...needSuperuser.flatMap((kind) =>
      named(kind).map((name) => `${kind.toLowerCase()} ${name} needs a superuser: drop it before the dump`),
    ),
  ];
}

/** What of a dump is not loaded or not as it was, though the rest is. */
export function omissions(
  { encoding, roles, tablespaces, named }: Contents,
  { owner }: Database,
): readonly string[] {
  const others = roles.filter((role) => role !== owner);
  return [
    ...(encoding === 'UTF8' ? [] : [`its texts are converted from ${encoding} to UTF8`]),
    ...(others.length > 0
      ? [
          `owners and rights of ${others.join(', ')} are left out: all belongs to ${owner}, with the rights of docs/postgres.md`,
        ]
      : []),
    ...(tablespaces.length > 0
      ? [`tablespaces are left out: ${tablespaces.join(', ')}; all is on one volume`]
      : []),
    ...(['PUBLICATION', 'SUBSCRIPTION'] as const).flatMap((kind) =>
      named(kind).length > 0 ? [`${kind.toLowerCase()}s are left out: ${named(kind).join(', ')}`] : [],
    ),
    ...(named('SECURITY LABEL').length > 0 ? ['security labels are left out'] : []),
    ...(hasOldComment(named) ? ['comments of tables and columns are left out'] : []),
  ];
}

/** Up to Postgres 10, a dump has a comment of plpgsql, which only a superuser may write. */
export function hasOldComment(named: Contents['named']): boolean {
  return named('COMMENT').includes('EXTENSION plpgsql');
}
