import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { applicationUser, elasticsearchUsers, postgresRoles } from '../../../charts/lib/users.ts';
import { root } from '../../../tools/terminal/programs.ts';

const sql = readFileSync(join(root, 'docker/postgres/roles.sql'), 'utf8');

test.each(Object.values(postgresRoles))('docker/postgres/roles.sql makes the role %s', (role) => {
  expect(role).toMatch(/^coped/);
  expect(sql).toMatch(new RegExp(`\\b${role}\\b`));
});

describe('the application is', () => {
  test('the same user in Postgres, where its database has its name, and in Elasticsearch', () => {
    expect([postgresRoles.app, elasticsearchUsers.app]).toEqual([applicationUser, applicationUser]);
  });

  test('another user than those who change the schema and the index, and than those who look on', () => {
    for (const users of [postgresRoles, elasticsearchUsers])
      expect(new Set(Object.values(users)).size).toBe(Object.keys(users).length);
  });
});
