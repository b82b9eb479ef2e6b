import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { readContents } from '../../../tools/load/contents.ts';
import { databaseOf } from '../../../tools/load/database.ts';
import { objections, omissions } from '../../../tools/load/objections.ts';
import { listOf, scriptOf } from '../../lib/dump.ts';

const present = {
  version: 17,
  tables: 0,
  rows: 0,
  bytes: 0,
  archives: false,
  extensions: { hstore: true, plpgsql: true, dblink: false },
  roles: ['coped', 'coped_owner', 'coped_reader'],
};

const contents = (list: readonly string[] = [], script: readonly string[] = []) =>
  readContents(listOf(...list), scriptOf(...script));

describe('a dump that cannot be loaded', () => {
  test('is none of an older Postgres, with an extension that the owner of a database may create', () =>
    expect(objections(contents(['3; 3079 16525 EXTENSION - hstore ']), present)).toEqual([]));

  test.each([
    ['postgis', 'extension postgis is not in the image of Postgres here'],
    ['dblink', 'extension dblink can be created by a superuser only'],
  ])('has the extension %s', (name, said) =>
    expect(objections(contents([`3; 3079 16525 EXTENSION - ${name} `]), present)).toEqual([
      expect.stringContaining(said),
    ]),
  );

  test.each([
    [['7; 2615 18207 SCHEMA - other compose'], "schema other: only public is .*--exclude-schema='other'"],
    [['3394; 2613 18257 BLOB - 18257 compose', '3395; 0 0 BLOBS - BLOBS '], '^large objects.*--no-blobs'],
    [['3394; 2613 18257 BLOB METADATA - 18257..18259 compose'], '^large objects.*--no-blobs'],
    [['3249; 3466 18258 EVENT TRIGGER - ev compose'], '^event trigger ev needs a superuser'],
    [['3249; 1417 18258 SERVER - far compose'], '^server far needs a superuser'],
  ])('has %j', (list, said) =>
    expect(objections(contents(list), present)).toEqual([expect.stringMatching(said)]),
  );

  test('is of a newer Postgres, or made by a newer pg_dump', () => {
    expect(objections({ ...contents(), server: 18, program: 18 }, present)).toEqual([
      expect.stringContaining('it is of Postgres 18, and here is 17'),
    ]);
    expect(objections({ ...contents(), server: 16, program: 18 }, present)).toEqual([
      expect.stringContaining('make it with the pg_dump 16'),
    ]);
  });

  test('has a policy for a role that is not here', () => {
    const script = [
      'CREATE POLICY mine ON public.auth_user FOR SELECT TO coped, "old admin" USING ((id < 7));',
      'CREATE POLICY all_of_it ON public.auth_user USING (true);',
      'CREATE POLICY read ON public.auth_user TO coped_reader;',
    ];
    expect(objections(contents([], script), present)).toEqual([
      expect.stringContaining('policy mine is for the role old admin, which is not here: drop it'),
    ]);
  });

  test('does not know its encoding', () =>
    expect(objections({ ...contents(), encoding: 'SQL_ASCII' }, present)).toEqual([
      expect.stringContaining('pg_dump --encoding=UTF8'),
    ]));

  test('makes no table', () =>
    expect(objections({ ...contents(), named: () => [] }, present)).toEqual([
      expect.stringContaining('it makes no table'),
    ]));

  test('is told all its reasons at once', () =>
    expect(
      objections(contents(['3; 3079 1 EXTENSION - postgis ', '7; 2615 2 SCHEMA - other compose']), present),
    ).toHaveLength(2));
});

describe('what does not come over', () => {
  const first = databaseOf(environments.dev);

  test('is nothing, where the dump has our owner and UTF8', () => {
    const roles: readonly string[] = [];
    expect(omissions({ ...contents(), roles }, first)).toEqual([]);
  });

  test('is not said of the role that owns the database of a program', () => {
    const roles = ['metabase', 'root'];
    const said = (owner: string) => omissions({ ...contents(), roles }, { ...first, owner });
    expect(said('metabase')).toEqual([
      expect.stringContaining('owners and rights of root are left out: all belongs to metabase,'),
    ]);
    expect(said('root')).toEqual([expect.stringContaining('of metabase are left out: all belongs to root,')]);
  });

  test('is told with its names', () =>
    expect(
      omissions(
        {
          ...contents(
            [
              '3553; 6104 16666 PUBLICATION - pub postgres',
              '3554; 6100 16667 SUBSCRIPTION - sub postgres',
              '3569; 0 0 COMMENT - EXTENSION plpgsql ',
              '3570; 0 0 SECURITY LABEL public TABLE auth_user compose',
            ],
            ['SET default_tablespace = fast;'],
          ),
          encoding: 'LATIN1',
        },
        first,
      ),
    ).toEqual([
      'its texts are converted from LATIN1 to UTF8',
      expect.stringContaining('owners and rights of compose, postgres are left out'),
      expect.stringContaining('tablespaces are left out: fast'),
      'publications are left out: pub',
      'subscriptions are left out: sub',
      'security labels are left out',
      'comments of tables and columns are left out',
    ]));
});
