import { sql, type Target } from './target.ts';

/** Writes 1 MB of WAL, and nothing else. */
export const moreLog = "SELECT pg_logical_emit_message(false, 'drill', repeat('x', 1000000))";

/** How many WAL segments wait for the object store. */
export const waitingSegments = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'";

/** How much WAL is on the member's disk, in MiB. */
export async function logMebibytes(target: Target, pod: string): Promise<number> {
  return Number(await sql(target, pod, 'SELECT sum(size) / 2 ^ 20 FROM pg_ls_waldir()'));
}

/** What pgBackRest says when it drops what waits. */
export const givenUp = 'dropped WAL file';
