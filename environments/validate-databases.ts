import type { Database } from './contract.ts';
import type { Credential } from './credentials.ts';
import type { AnyEnvironment } from './environment.ts';
import { line, problemWith, type Rule, text } from './rules.ts';

type Databases = Readonly<Record<string, Database>>;

/** Words with a meaning of their own in pg_hba.conf or in GRANT. */
const keywords = ['all', 'none', 'public', 'replication', 'samegroup', 'samerole', 'sameuser'];

/** A name that needs no thought about quotes or case, in SQL, in pg_hba.conf and in Django. */
const isName = (value: string) => /^[a-z][a-z0-9_]{0,62}$/.test(value) && !keywords.includes(value);

const databaseName = text(
  `the name of a database: a-z, 0-9 and _, a letter first, at most 63, none of coped, default, postgres, template0, template1, ${keywords.join(', ')}`,
  (value) => isName(value) && !['coped', 'default', 'postgres', 'template0', 'template1'].includes(value),
);
const roleName = text(
  `the name of a role: a-z, 0-9 and _, a letter first, at most 63, not beginning with coped or pg_, none of postgres, replicator, ${keywords.join(', ')}`,
  (value) => isName(value) && !/^(coped|pg_)/.test(value) && !['postgres', 'replicator'].includes(value),
);

/** Finds databases beside the first that Postgres cannot have, or that would not be apart from each other. */
export function databaseProblems(databases: Databases = {}): string[] {
  const owners = Object.values(databases).map(({ owner }) => owner);
  const roles = owners.flatMap((owner) => (owner === 'application' ? [] : [owner.role]));
  const ofItsOwn: Rule = {
    expected: 'a role that owns no other database',
    holds: (role) => roles.filter((other) => other === role).length === 1,
  };
  const passwords = owners.flatMap((owner) => (owner === 'application' ? [] : [owner.password]));
  const ofNoOther: Rule = {
    expected: 'a credential that is the password of no other database: declare one for each',
    holds: (password) => passwords.filter((other) => other === password).length === 1,
  };
  return Object.entries(databases).flatMap(([name, { description, owner }]) => [
    ...problemWith('a name in databases', name, databaseName),
    ...problemWith(`databases.${name}.description`, description, line),
    ...(owner === 'application'
      ? []
      : [
          ...problemWith(`databases.${name}.owner.role`, owner.role, roleName),
          ...problemWith(`databases.${name}.owner.role`, owner.role, ofItsOwn),
          ...problemWith(`databases.${name}.owner.password`, owner.password, ofNoOther),
        ]),
  ]);
}

/**
 * Finds passwords with which another program would log in as a part of the site, and those that an environment lacks: its
 * members of Postgres would not start without them. `own` are the credentials of the application.
 */
export function passwordProblems(
  environment: AnyEnvironment,
  own: Readonly<Record<string, Credential>>,
): string[] {
  const needed: Rule = {
    expected: `a credential that environments/application.ts declares, none of the charts', and that ${environment.namespace} needs (neededIn)`,
    holds: (password) => own[String(password)]?.neededIn(environment) === true,
  };
  return Object.entries(environment.application.databases ?? {}).flatMap(([name, { owner }]) =>
    owner === 'application' ? [] : problemWith(`databases.${name}.owner.password`, owner.password, needed),
  );
}
