import { describe, expect, test } from '@jest/globals';
import { readContents } from '../../../tools/load/contents.ts';
import { listOf, scriptOf } from '../../lib/dump.ts';

const read = (list: readonly string[], script: readonly string[] = []) =>
  readContents(listOf(...list), scriptOf(...script));

describe('the contents of a dump', () => {
  test('are where it comes from, and by which versions', () =>
    expect(read([])).toMatchObject({
      database: 'team',
      createdAt: '2026-11-26 21:04:43 UTC',
      server: 15,
      program: 16,
      encoding: 'UTF8',
      extensions: [],
      schemas: [],
      makesPublic: false,
      tablespaces: [],
    }));

  test('are extensions, also those with a hyphen, and schemas, also those that it does not make', () => {
    const { extensions, schemas } = read([
      '3; 3079 16525 EXTENSION - uuid-ossp ',
      '3568; 0 0 COMMENT - EXTENSION uuid-ossp ',
      '7; 2615 18207 SCHEMA - old compose',
      '219; 1259 18211 TABLE other z compose',
      '3393; 0 18208 TABLE DATA other z compose',
    ]);
    expect({ extensions, schemas }).toEqual({ extensions: ['uuid-ossp'], schemas: ['old', 'other'] });
  });

  test('are no schema of which it has only rights, as every dump of a database here has of pg_catalog', () => {
    const line = '3570; 0 0 ACL pg_catalog FUNCTION pg_backup_start(label text, fast boolean) postgres';
    expect(read([line]).schemas).toEqual([]);
  });

  test('are the roles of owners and of rights, but for those that are here', () => {
    const { roles } = read(
      ['219; 1259 18211 TABLE public z root', '220; 1259 18212 TABLE public y coped_owner'],
      [
        'GRANT USAGE ON SCHEMA public TO PUBLIC;',
        'GRANT ALL ON SCHEMA public TO pg_database_owner;',
        'GRANT SELECT ON TABLE public.z TO "old admin" WITH GRANT OPTION;',
        'ALTER DEFAULT PRIVILEGES FOR ROLE root IN SCHEMA public GRANT SELECT ON TABLES  TO reporting;',
        'GRANT SELECT ON TABLE public.z TO coped;',
      ],
    );
    expect(roles).toEqual(['compose', 'old admin', 'reporting', 'root']);
  });

  test('are the roles of policies', () => {
    const { policies } = read(
      [],
      [
        'CREATE POLICY "of ours" ON public.z AS RESTRICTIVE FOR UPDATE TO reports, "old admin" WITH CHECK (true);',
        'CREATE POLICY plain ON public.z TO coped USING ((a IN ( SELECT 1',
        'CREATE POLICY everybody ON public.z FOR SELECT USING (true);',
      ],
    );
    expect(policies).toEqual([
      { name: 'of ours', roles: ['reports', 'old admin'] },
      { name: 'plain', roles: ['coped'] },
    ]);
  });

  test('are the tablespaces, and whether it makes the schema public', () =>
    expect(read([], ['CREATE SCHEMA public;', 'SET default_tablespace = fast;'])).toMatchObject({
      tablespaces: ['fast'],
      makesPublic: true,
    }));

  test('are told by the kind of an object, of one or of several words', () => {
    const { named } = read(['3249; 3466 18258 EVENT TRIGGER - ev compose']);
    expect([named('EVENT TRIGGER'), named('TABLE'), named('EVENT')]).toEqual([['ev'], ['auth_user'], []]);
  });

  test('that pg_restore says otherwise are refused, with what it does not say', () =>
    expect(() => readContents('; nothing', scriptOf())).toThrow(
      'pg_restore does not say the dbname of the dump',
    ));
});
