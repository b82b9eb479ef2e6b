import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkDumpFile } from '../../../tools/load/dump-file.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dump-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** The header of an archive of pg_dump 17, in this format. */
const archive = (format: number) => Buffer.from([...Buffer.from('PGDMP'), 1, 16, 0, 4, 8, format, 0, 0]);

function check(content: string | Buffer): () => void {
  const file = join(folder, 'team.dump');
  writeFileSync(file, content);
  return () => checkDumpFile(file);
}

describe('a file', () => {
  test('in the custom format is taken', () => expect(check(archive(1))).not.toThrow());

  const tar = Buffer.alloc(512);
  tar.write('toc.dat');
  tar.write('ustar', 257);
  test.each([
    ['in plain SQL', '--\n-- PostgreSQL database dump\n--\n', 'is a dump in plain SQL'],
    ['in plain SQL, of pg_dump 17.6', '\\restrict x\n\nSET x;\n', 'is a dump in plain SQL'],
    ['of pg_dumpall', '--\n-- PostgreSQL database cluster dump\n--\n', 'is a dump of pg_dumpall'],
    ['of a folder', archive(5), 'is the table of contents of a dump in the directory format'],
    ['in the tar format', tar, 'is a dump in the tar format'],
    ['cut off in its header', 'PGDMP\x01', 'is a damaged or truncated dump'],
    ['that is compressed', Buffer.from([0x1f, 0x8b, 8, 0]), 'is compressed by gzip'],
    ['that is empty', '', 'is empty'],
    ['of something else', 'hello', 'is no dump of pg_dump'],
  ])('%s is refused, with the command that makes one', (_, content, said) => {
    expect(check(content)).toThrow(UserError);
    expect(check(content)).toThrow(said);
    expect(check(content)).toThrow('pg_dump --username USER --format=custom');
  });

  test('that is a folder or absent is refused', () => {
    expect(() => checkDumpFile(folder)).toThrow('is a folder: pg_dump may have made it');
    expect(() => checkDumpFile(join(folder, 'none'))).toThrow('cannot be read: ENOENT');
  });
});
