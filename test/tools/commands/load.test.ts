import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ExecaError, execa } from 'execa';
import { type EnvironmentName, environments } from '../../../environments/all.ts';
import type { Application } from '../../../environments/contract.ts';
import type { CredentialName } from '../../../environments/credentials.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { load } from '../../../tools/commands/load.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import { small } from '../../lib/applications.ts';
import { listOf, scriptOf } from '../../lib/dump.ts';
import { application as secondApplication } from '../../second-application/application.ts';

const { flower } = secondApplication.programs;

const primary = {
  metadata: { name: 'postgres-1', labels: { 'coped/role': 'primary' } },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'postgres', state: { running: {} } }],
  },
};
const web = {
  metadata: { name: 'web-1' },
  status: {
    initContainerStatuses: [{ name: 'wait-for-migrations', state: { running: {} } }],
    containerStatuses: [{ name: 'web', state: { waiting: {} } }],
  },
};
const timestamp = { start: 0, stop: 1 };
const backup = { label: 'A', type: 'full', timestamp, info: { size: 0, repository: { delta: 0 } } };

/** How a command in a container ends that fails. */
function failed(stderr: string, stdout = ''): Error {
  return Object.assign(Object.create(ExecaError.prototype), {
    stdout,
    stderr: `${stderr}\ncommand terminated with exit code 1`,
    exitCode: 1,
  });
}

interface Case {
  readonly name?: EnvironmentName;
  readonly context?: string;
  readonly list?: readonly string[];
  readonly script?: readonly string[];
  readonly members?: readonly object[];
  /** What the primary has. */
  readonly tables?: number;
  readonly archives?: boolean;
  /** Why the primary does not tell what it has. */
  readonly present?: Error;
  /** What the primary says of the whole dump: bytes of rows, and of room. */
  readonly whole?: string;
  readonly backups?: readonly object[];
  readonly check?: Error;
  /** How the session ends that loads; what it says if it succeeds. */
  readonly session?: (call: readonly string[]) => Promise<string>;
  /** What happens when the session is ended. */
  readonly terminate?: () => void;
  /** What became of its transaction. */
  readonly state?: string;
  readonly plan?: string | Error;
  readonly yes?: boolean;
  readonly database?: string;
}

const password: CredentialName = 'SQL_PASSWORD';
const settings = { A: 'a', PASSWORD: { credential: password } };
const application: Application = {
  ...small,
  databases: {
    measurements: { description: 'what the stations measure', owner: 'application' },
    charts: { description: 'what a program keeps', owner: { role: 'charts_owner', password } },
  },
  programs: { charts: { ...flower, settings }, other: flower },
};

let printed: string[];

beforeEach(() => {
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line) => void printed.push(`${line}`));
});

afterEach(() => void jest.restoreAllMocks());

/** Loads a dump; gives what went to kubectl, and the error. */
async function loaded(given: Case) {
  const calls: string[] = [];
  const { name = 'production', tables = 3, archives = true, session = async () => 'loaded' } = given;
  const answer = async (arguments_: readonly string[]): Promise<string> => {
    const call = arguments_.join(' ');
    calls.push(call);
    const fail = (value: string | Error) => (value instanceof Error ? Promise.reject(value) : value);
    if (call.includes('io/name=postgres')) return JSON.stringify({ items: given.members ?? [primary] });
    if (call.includes('io/name=web')) return JSON.stringify({ items: [web] });
    if (call.includes('pg_restore --list')) return listOf(...(given.list ?? []));
    if (call.includes('pg_restore --schema-only')) return scriptOf(...(given.script ?? []));
    if (call.includes('pg_restore --data-only')) return given.whole ?? '1000\n9000000\n';
    if (call.includes('DROP SCHEMA')) return session(arguments_);
    if (call.includes('pg_available_extensions') && given.present) throw given.present;
    if (call.includes('pg_available_extensions'))
      return JSON.stringify({
        version: 17,
        tables,
        rows: 7,
        bytes: 2 ** 20,
        archives,
        extensions: { hstore: true },
        roles: ['coped'],
      });
    if (call.includes('describe-backups'))
      return JSON.stringify({ backups: given.backups ?? [backup], newest: null, gap: null });
    if (call.includes('pgbackrest')) return fail(given.check ?? '');
    if (call.includes('pg_terminate_backend')) given.terminate?.();
    if (call.includes('pg_xact_status')) return given.state ?? 'aborted';
    if (call.includes('pg_locks')) return 'process 17 of coped_reader (report), for 40 s: SELECT 1';
    if (call.includes('showmigrations')) return fail(given.plan ?? '[X]  a.0001\n[ ]  a.0002\n');
    return '';
  };
  const cluster: Cluster = { context: given.context ?? 'test', kubectl: answer };
  const { database, yes = true } = given;
  const environment = { ...environments[name], application: database ? application : small };
  const options = { dump: 'team.dump', yes, ...(database && { database }) };
  const error: unknown = await load(cluster, environment, name, options).catch((thrown: unknown) => thrown);
  const began = calls.filter((call) => call.includes('DROP SCHEMA'));
  return { calls, error, began, said: printed.join('\n') };
}

describe('a dump', () => {
  test('is loaded by the primary, in one session', async () => {
    const { error, began } = await loaded({});
    expect(error).toBeUndefined();
    expect(began).toEqual([
      expect.stringMatching(/^exec --stdin --namespace coped-production postgres-1 --container postgres /),
    ]);
  });

  test.each<[string, Case, RegExp]>([
    [
      'that cannot be loaded',
      { list: ['7; 2 1 SCHEMA - other x', '3; 3 1 EXTENSION - postgis '] },
      /postgis.*\n- schema other/,
    ],
    [
      'where no member is a primary',
      { members: [] },
      /is a primary that is ready\nlook with: npm run doctor -- production --context test$/,
    ],
    [
      'while a table is locked',
      { present: failed('ERROR: lock timeout') },
      /cannot be read: a table was in use .* by: process 17/,
    ],
    [
      'while Postgres does not tell',
      { present: failed('FATAL: starting up') },
      /coped-production holds cannot be read: FATAL: starting up/,
    ],
    [
      'for which there is no room',
      { whole: '1048576\n2097151\n' },
      /2\.0 MiB left.*needs about 2\.0 MiB.*\n.*grow -- production --context test /,
    ],
    [
      'that nobody confirms',
      { yes: false },
      /\(3 tables, 7 rows, 1\.0 MiB\)\nby team\.dump.*\n- owners and rights of compose.*\n.*30 s\.\nNobody is there/s,
    ],
    [
      'before which nothing is archived',
      { check: failed('no store') },
      /not be restored after the load: no store\nnothing was changed.* doctor -- production --context test, npm run backup -- production --context test$/,
    ],
    [
      'before which there is no backup',
      { backups: [] },
      /not be restored after the load: the object store holds no backup/,
    ],
  ])('%s changes nothing', async (_, given, said) => {
    const { error, began } = await loaded(given);
    expect(error).toBeInstanceOf(UserError);
    expect(`${error}`).toMatch(said);
    expect(began).toEqual([]);
  });

  test('that makes the schema public itself is left to do so', async () => {
    const { began } = await loaded({ script: ['CREATE SCHEMA public;'] });
    expect(began).toEqual([expect.not.stringContaining('CREATE SCHEMA')]);
  });

  test('is loaded after the last commit was archived, and tells the way back', async () => {
    const { calls, began } = await loaded({});
    const check = calls.findIndex((call) => call.includes('pgbackrest'));
    expect(check).toBeGreaterThan(-1);
    expect(check).toBeLessThan(calls.findIndex((call) => call.includes('DROP SCHEMA')));
    expect(began[0]).toContain('npm run restore -- production --to TIME --discard-newer --context test');
  });

  test.each([
    ["o'test", "--context o''test'"],
    ['TIME-test', "--context TIME-test', '--to TIME', "],
  ])('tells the way back to %s too, whose name is taken as it is', async (context, expected) =>
    expect((await loaded({ context })).began[0]).toContain(expected),
  );

  test.each<[string, Case]>([
    ['nothing is archived', { archives: false }],
    ['there is nothing to go back to', { tables: 0 }],
  ])('has no way back where %s', async (_, given) => {
    const { error, calls, began } = await loaded({ ...given, check: failed('unused') });
    expect(error).toBeUndefined();
    expect(began[0]).not.toContain('npm run restore');
    expect(calls.join('\n')).not.toContain('pgbackrest');
  });

  test('says how to keep what is there, where nothing is archived and something is there', async () => {
    const keep =
      'There are no backups: what is there now is gone then. To keep it, first run: kubectl --context test exec';
    expect(`${(await loaded({ archives: false, yes: false })).error}`).toContain(keep);
    expect(`${(await loaded({ archives: false, tables: 0, yes: false })).error}`).not.toContain(keep);
    expect(`${(await loaded({ yes: false })).error}`).not.toContain(keep);
  });
});

describe('a dump for a database beside the first', () => {
  test.each(['measurements', 'charts'])('replaces %s, and asks and tells of it alone', async (database) => {
    const { error, calls, began } = await loaded({ database });
    expect(error).toBeUndefined();
    expect(began).toEqual([expect.stringContaining(`dbname=${database} application_name=`)]);
    expect(calls.find((call) => call.includes('pg_available_extensions'))).toContain(`dbname=${database} `);
    expect(began[0]).toContain('before, in every database: npm run restore -- production --to TIME');
    const { error: refused } = await loaded({ database, yes: false });
    expect(`${refused}`).toContain(`This replaces what ${database} in coped-production holds`);
    const { error: unfit } = await loaded({ database, list: ['7; 2 1 SCHEMA - other x'] });
    expect(`${unfit}`).toMatch(new RegExp(`cannot be loaded into ${database}:\n- schema other`));
  });

  test('of the application belongs to the same owner, and tells its own migrations', async () => {
    const { began, calls, said } = await loaded({ database: 'measurements' });
    expect(began[0]).toContain('SET ROLE "coped_owner";');
    expect(calls.join('\n')).toContain('showmigrations --plan --skip-checks --database=measurements');
    expect(said).toContain('migrations (1 pending): npm run migrate -- production --again --context test');
  });

  test('of a program belongs to its role, and that program starts anew', async () => {
    const { began, calls, said } = await loaded({ database: 'charts' });
    expect(began[0]).toContain('SET ROLE "charts_owner";');
    expect(calls.join('\n')).not.toContain('showmigrations');
    expect(said).toBe(
      'kubectl --context test rollout restart --namespace coped-production deployment/charts\nthen: npm run doctor -- production --context test',
    );
    const { error } = await loaded({ database: 'charts', yes: false });
    expect(`${error}`).toContain('all belongs to charts_owner, with');
    expect(`${error}`).toContain('What uses the database waits until it is done.');
  });

  test('that nobody declares is refused before anything is asked', async () => {
    const { error, calls } = await loaded({ database: 'nowhere' });
    expect(`${error}`).toContain('expected coped or measurements or charts');
    expect(calls.join('\n')).not.toContain('pg_restore');
  });
});

describe('a session that fails', () => {
  const begun = 'everybody who uses a table waits; transaction 42 replaces them\n';
  const failing = (stderr: string) => () => Promise.reject(failed(stderr, begun));

  test('is ended, and has changed nothing: it says why', async () => {
    const { error, calls } = await loaded({ session: failing('ERROR:  relation "x" does not exist') });
    expect(`${error}`).toBe(
      'Error: ERROR:  relation "x" does not exist\nnothing was changed: coped is as it was',
    );
    const ended = calls.findIndex((call) => call.includes('pg_terminate_backend'));
    const asked = calls.findIndex((call) => call.includes("pg_xact_status('42')"));
    expect(ended).toBeGreaterThan(-1);
    expect(asked).toBeGreaterThan(ended);
  });

  test('before it begins a transaction has changed nothing', async () => {
    const session = () => Promise.reject(failed('no disk'));
    expect(`${(await loaded({ session, state: 'committed' })).error}`).toContain('nothing was changed');
  });

  test('because a table is in use names who uses it', async () => {
    const { error } = await loaded({ session: failing('ERROR:  canceling statement due to lock timeout') });
    expect(`${error}`).toMatch(
      /in use for more than 10 s by: process 17 of coped_reader \(report\), for 40 s/,
    );
    expect(`${error}`).not.toContain('canceling statement');
  });

  test('after it has committed has succeeded all the same', async () => {
    const { error, said } = await loaded({ session: failing('lost connection'), state: 'committed' });
    expect(error).toBeUndefined();
    expect(said).toMatch(/lost connection\nit was committed all the same\nmigrations/);
  });

  test('leaves it open where its transaction is not over', async () => {
    const { error } = await loaded({ session: failing('lost connection'), state: 'in progress' });
    expect(`${error}`).toContain('whether coped was replaced is not known: in progress');
  });

  test('is the only one that is ended: another person may load too', async () => {
    const { calls, began } = await loaded({ session: failing('lost connection') });
    const [, session = ''] = /application_name=(npm-run-load-[0-9a-f-]{36}) /.exec(began[0] ?? '') ?? [];
    const ended = calls.find((call) => call.includes('pg_terminate_backend'));
    expect(ended).toContain(`application_name = '${session}'`);
    expect((await loaded({})).began[0]).not.toContain(session);
  });

  test('leaves it open where Postgres does not tell', async () => {
    const session = failing('lost connection');
    const { error } = await loaded({
      session,
      get state(): string {
        throw failed('no route');
      },
    });
    expect(`${error}`).toMatch(/lost connection\nwhether coped was replaced is not known: no route\n/);
  });

  test('because a person ends it is ended in Postgres too', async () => {
    let reject: (reason: Error) => void = () => undefined;
    const session = () => {
      setImmediate(() => process.emit('SIGINT', 'SIGINT'));
      return new Promise<string>((_, end) => {
        reject = end;
      });
    };
    const terminate = () => reject(failed('FATAL:  terminating connection', begun));
    const { error, calls } = await loaded({ session, terminate });
    expect(`${error}`).toContain('ended by SIGINT\nnothing was changed');
    expect(calls.join('\n')).toContain("pg_xact_status('42')");
  });
});

describe('afterwards it says what comes next', () => {
  test.each<[EnvironmentName, string]>([
    ['production', 'migrations (1 pending): npm run migrate -- production --again --context test'],
    ['staging', 'migrations (1 pending): npm run migrate -- staging --again --context test'],
    [
      'dev',
      'migrations (1 pending): kubectl --context test rollout restart --namespace coped-dev deployment/web',
    ],
  ])('in %s', async (name, said) => {
    const found = await loaded({ name });
    expect(found.said).toContain(said);
    expect(found.said).toContain(
      `npm run reindex -- ${name} --force --context test\nthen: npm run doctor -- ${name} --context test`,
    );
    expect(found.calls.join('\n')).toContain(
      'web-1 --container wait-for-migrations -- python manage.py show',
    );
  });

  test('where no migration is pending', async () =>
    expect((await loaded({ plan: '[X]  a.0001\n' })).said).toContain('no migration is pending'));

  test('where the application does not tell', async () =>
    expect((await loaded({ plan: failed('ImportError') })).said).toContain(
      'migrations (not known, as a web pod says "ImportError", whether any are pending): npm run migrate',
    ));
});

describe('the session', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** What psql gets where pg_restore does this. */
  async function sent(
    restore: string,
    cat = 'echo "-- rights: $*"',
  ): Promise<{ sql: string; exitCode: number | undefined }> {
    const program = (name: string, line: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    program('pg_restore', restore);
    program('psql', `/bin/cat > ${folder}/sql`);
    program('cat', cat);
    let exitCode: number | undefined;
    await loaded({
      session: async (call) => {
        const [command = '', ...arguments_] = call.slice(call.indexOf('--') + 1);
        const result = await execa(command, arguments_, {
          env: { PATH: `${folder}:${process.env.PATH}` },
          reject: false,
          input: '',
        });
        exitCode = result.exitCode;
        return '';
      },
    });
    return { sql: readFileSync(join(folder, 'sql'), 'utf8'), exitCode };
  }

  test('commits when all of the dump is there, with the rights of rights.sql', async () => {
    const { sql, exitCode } = await sent('echo "-- the dump $*"');
    expect(exitCode).toBe(0);
    expect(sql).toMatch(
      /\nBEGIN;.*LOCK TABLE.*DROP SCHEMA public CASCADE;\nSET ROLE "coped_owner";\nCREATE SCHEMA public;.*-- the dump .*--no-owner --no-acl.*\nRESET ROLE;\n-- rights: \/usr\/local\/share\/coped-postgres\/rights\.sql\n.*\nCOMMIT;\n$/s,
    );
  });

  test('does not commit when pg_restore fails, and fails too', async () => {
    const { sql, exitCode } = await sent('echo "-- half of it"; exit 1');
    expect(exitCode).toBe(1);
    expect(sql).toContain('-- half of it');
    expect(sql).not.toContain('COMMIT');
  });

  test('does not commit when the rights cannot be read', async () => {
    const { sql, exitCode } = await sent('echo "-- the dump"', 'exit 1');
    expect(exitCode).toBe(1);
    expect(sql).not.toContain('COMMIT');
  });
});
