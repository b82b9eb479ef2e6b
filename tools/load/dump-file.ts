import { closeSync, openSync, readSync } from 'node:fs';
import type { ExecaError } from 'execa';
import { UserError } from '../terminal/user-error.ts';

/** The command that makes a dump that can be loaded, for a project of Compose whose service is called `db`. */
export const howToDump =
  'make one with: docker compose exec -T db pg_dump --username USER --format=custom --no-owner --no-acl DATABASE > FILE';

/** The archives that pg_dump writes, by the byte of their header that names the format. */
const formats: Readonly<Record<number, string>> = {
  3: 'a dump in the tar format',
  5: 'the table of contents of a dump in the directory format',
};
const custom = 1;

/**
 * Checks that a file begins as a dump in pg_dump's custom format does; whether it is whole is seen where it is read.
 *
 * @throws UserError with what it is instead, and the command that makes one
 * @see https://www.postgresql.org/docs/17/app-pgdump.html
 */
export function checkDumpFile(file: string): void {
  const is = whatItIs(beginning(file));
  if (is !== undefined)
    throw new UserError(`${file} is ${is}, expected a dump in pg_dump's custom format\n${howToDump}`);
}

function beginning(file: string): Buffer {
  try {
    const head = Buffer.alloc(512);
    const descriptor = openSync(file, 'r');
    try {
      return head.subarray(0, readSync(descriptor, head));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const is =
      code === 'EISDIR' ? 'is a folder: pg_dump may have made it with --format=directory' : undefined;
    throw new UserError(`--dump ${file} ${is ?? `cannot be read: ${code}`}\n${howToDump}`);
  }
}

/** What a file is that begins with these bytes; undefined if it is a dump in the custom format. */
function whatItIs(head: Buffer): string | undefined {
  if (head.length === 0) return 'empty';
  if (head.toString('latin1', 0, 5) === 'PGDMP') {
    // The major and minor version and the revision of the format, the sizes of an integer and of an offset, the format.
    const format = head[10] ?? 0;
    return format === custom ? undefined : (formats[format] ?? 'a damaged or truncated dump');
  }
  if (head.toString('latin1', 257, 262) === 'ustar') return formats[3];
  if (head[0] === 0x1f && head[1] === 0x8b) return 'compressed by gzip';
  const text = head.toString('latin1');
  if (text.includes('PostgreSQL database cluster dump')) return 'a dump of pg_dumpall, in SQL';
  if (/^(--|SET |\\restrict|CREATE )/m.test(text)) return 'a dump in plain SQL';
  return 'no dump of pg_dump';
}

/** What a command in a container complained of, without kubectl's own last line. */
export function reasonOf({ stderr, exitCode, signal }: ExecaError): string {
  const said = `${stderr ?? ''}`.replace(/\n?command terminated with exit code \d+\n?$/, '').trim();
  return said === '' ? `kubectl exec ended with ${exitCode ?? signal}, and said nothing` : said;
}
