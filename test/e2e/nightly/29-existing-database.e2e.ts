import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { deployed, healthy, runInMember, sql, type Target } from '../../drills/target.ts';
import { attempt } from '../../lib/kubectl.ts';
import { bringUp, serves } from '../bring-up.ts';
import { local, npm, npmSucceeds } from '../cluster.ts';

/**
 * A team's database comes into production: what does not fit is refused, what fails changes nothing, and the command that
 * the load prints goes back. The team's Postgres is another database of the same server, with roles of its own.
 */
const roles = ['team_owner', 'team_reports'];
const folder = mkdtempSync(join(tmpdir(), 'existing-database-'));

let target: Target;
let pod: string;

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs statements in a database, each in a transaction of its own. */
function inTeam(database: string, ...statements: readonly string[]): Promise<string> {
  const commands = statements.map((statement) => `--command=${statement}`);
  const options = ['--quiet', '--set=ON_ERROR_STOP=1', '--username=postgres', `--dbname=${database}`];
  return runInMember(target, pod, 'psql', ...options, ...commands);
}

const removeTeam = () =>
  inTeam('postgres', 'DROP DATABASE IF EXISTS team', ...roles.map((role) => `DROP ROLE IF EXISTS ${role}`));

/** Dumps the team's database, as docs/existing-database.md says it, but with its owners and rights. */
async function dump(name: string): Promise<string> {
  const file = join(folder, name);
  const where = `--context ${local.context} --namespace ${target.namespace} ${pod} --container postgres`;
  const command = `kubectl exec ${where} -- pg_dump --username postgres --format=custom team > ${file}`;
  const { exitCode, output } = await attempt('bash', ['-c', command]);
  expect([exitCode, output]).toEqual([0, '']);
  return file;
}

/** The tables, and when each was last written: a load that rolls back leaves both. */
const content = () =>
  sql(
    target,
    pod,
    `SELECT oid::regclass, relfilenode FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1`,
  );

describe('into production', () => {
  beforeAll(async () => {
    await bringUp('production');
    target = await deployed(local, environments.production);
    ({ pod } = await healthy(target, 300));
    await npmSucceeds('backup', '--', 'production');
    await removeTeam();
    await inTeam('postgres', ...roles.map((role) => `CREATE ROLE ${role}`), 'CREATE DATABASE team');
    const copy =
      'pg_dump --username postgres --no-owner --no-acl coped | psql --quiet --username postgres team';
    await runInMember(target, pod, 'bash', '-c', `set -o pipefail; ${copy}`);
    await inTeam(
      'team',
      'CREATE EXTENSION IF NOT EXISTS hstore',
      'CREATE TABLE brought (id int PRIMARY KEY, tags hstore)',
      `INSERT INTO brought SELECT id, 'from=>compose' FROM generate_series(1, 1000) AS id`,
      'ALTER TABLE brought OWNER TO team_owner',
      'GRANT SELECT ON brought TO team_reports',
    );
  });

  afterAll(async () => {
    if (target) {
      ({ pod } = await healthy(target, 300));
      await removeTeam();
    }
  });

  test('a dump that does not fit is refused with its reasons, and nothing changes', async () => {
    await inTeam('team', 'CREATE SCHEMA other', 'CREATE EXTENSION pageinspect');
    const before = await content();
    const file = await dump('refused.dump');
    const { exitCode, output } = await npm('load', '--', 'production', '--dump', file, '--yes');
    expect([exitCode, output]).toEqual([1, expect.stringMatching(/extension pageinspect .*schema other: /s)]);
    expect(await content()).toBe(before);
    await inTeam('team', 'DROP SCHEMA other', 'DROP EXTENSION pageinspect');
  });

  test('a truncated dump is refused, and nothing changes', async () => {
    const before = await content();
    const cut = join(folder, 'cut.dump');
    const file = await dump('whole.dump');
    await attempt('bash', ['-c', `head --bytes=-100 ${file} > ${cut}`]);
    const { exitCode, output } = await npm('load', '--', 'production', '--dump', cut, '--yes');
    expect([exitCode, output]).toEqual([1, expect.stringContaining('cannot be read: pg_restore: error')]);
    expect(await content()).toBe(before);
  });

  test('a dump that fails when it is loaded says where, and changes nothing', async () => {
    // A check that reads another table holds when the dump is made, and not while it is loaded.
    await inTeam(
      'team',
      'CREATE TABLE zzz AS SELECT 1 AS id',
      `CREATE FUNCTION has_zzz() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM public.zzz); END'`,
      'CREATE TABLE aaa (id int CONSTRAINT needs_zzz CHECK (has_zzz()))',
      'INSERT INTO aaa VALUES (1)',
    );
    const before = await content();
    const file = await dump('failing.dump');
    const { exitCode, output } = await npm('load', '--', 'production', '--dump', file, '--yes');
    expect([exitCode, output]).toEqual([1, expect.stringMatching(/needs_zzz.*nothing was changed/s)]);
    expect(await content()).toBe(before);
    await inTeam('team', 'DROP TABLE aaa, zzz', 'DROP FUNCTION has_zzz()');
  });

  test('a dump takes the place of what is there, with the rights of the roles here, and the site serves', async () => {
    const file = await dump('team.dump');
    const said = await npmSucceeds('load', '--', 'production', '--dump', file, '--yes');
    expect(said).toContain('no migration is pending');
    expect(await sql(target, pod, 'SET ROLE coped; SELECT count(*) FROM brought')).toBe('1000');
    expect(await sql(target, pod, 'SET ROLE coped_reader; SELECT count(*) FROM brought')).toBe('1000');
    const owners = `SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`;
    expect(await sql(target, pod, owners)).toBe('coped_owner');
    await serves('production');

    const back = /npm run restore -- (production --to \S+ --discard-newer)/.exec(said)?.[1] ?? '';
    await npmSucceeds('restore', '--', ...back.split(' '), '--yes');
    ({ pod } = await healthy(target, 300));
    expect(await sql(target, pod, `SELECT to_regclass('brought') IS NULL`)).toBe('t');
    await serves('production');
  });
});

// Last: a node may have too little room for dev beside production, which is stopped then.
test('without backups a dump takes the place of what is there too', async () => {
  await bringUp('dev');
  const dev = await deployed(local, environments.dev);
  const file = join(folder, 'dev.dump');
  const where = `--context ${local.context} --namespace ${dev.namespace} postgres-0 --container postgres`;
  const command = `kubectl exec ${where} -- pg_dump --username postgres --format=custom coped > ${file}`;
  expect(await attempt('bash', ['-c', command])).toMatchObject({ exitCode: 0 });
  const count = () => sql(dev, 'postgres-0', 'SELECT count(*) FROM django_migrations');
  const before = await count();
  expect(await npmSucceeds('load', '--', 'dev', '--dump', file, '--yes')).toContain('loaded ');
  expect(await count()).toBe(before);
  await serves('dev');
});
