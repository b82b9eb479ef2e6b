/** Database, role and user that the application has in Postgres and Elasticsearch. */
export const applicationUser = 'coped';

/**
 * The role of a container of the application in Postgres and Elasticsearch: `application` reads and writes, `migrator`
 * changes the schema and replaces the index.
 */
export type ApplicationRole = 'application' | 'migrator';

/** Roles in Postgres; docs/postgres.md says what each may do. */
export const postgresRoles = {
  app: applicationUser,
  owner: 'coped_owner',
  migrator: 'coped_migrator',
  reader: 'coped_reader',
} as const;

/** Users in Elasticsearch; docs/elasticsearch.md says what each may do. */
export const elasticsearchUsers = {
  app: applicationUser,
  indexer: 'coped-indexer',
  snapshot: 'coped-snapshot',
  monitor: 'coped-monitor',
} as const;
