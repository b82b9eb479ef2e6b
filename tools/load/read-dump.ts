import { ExecaError } from 'execa';
import { inMember } from '../postgres/members.ts';
import { bytes } from '../terminal/bytes.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Contents, readContents } from './contents.ts';
import type { Destination } from './destination.ts';
import { howToDump, reasonOf } from './dump-file.ts';

/**
 * What a dump holds. The pg_restore of the primary reads it, as this machine may have none.
 *
 * @throws UserError when it cannot be read, with the reason
 */
export async function readDump(destination: Destination, file: string): Promise<Contents> {
  const list = await readBy(destination, file, ['pg_restore', '--list']);
  return readContents(list, await readBy(destination, file, ['pg_restore', '--schema-only', '--file=-']));
}

/** Indexes and WAL take room beside the rows, which are about as large as their text. */
const roomPerByte = 2;

/**
 * Reads all of a dump, and loads nothing.
 *
 * @throws UserError when it is not whole, or when the volume has too little room for it
 */
export async function checkWhole(destination: Destination, file: string, name: string): Promise<void> {
  const count = 'pg_restore --data-only --file=- | wc --bytes';
  const room = 'df --output=avail --block-size=1 "$PGDATA" | tail --lines=1';
  const answer = await readBy(destination, file, ['bash', '-c', `set -o pipefail; ${count} && ${room}`]);
  const [data = 0, free = 0] = answer.trim().split(/\s+/).map(Number);
  if (data * roomPerByte > free)
    throw new UserError(
      `the volume of ${destination.primary} has ${bytes(free)} left, and ${file} needs about ${bytes(data * roomPerByte)} beside what is there: ${bytes(data)} of rows, and as much for indexes and WAL\n` +
        `make the volumes larger first: npm run grow -- ${name} --context ${destination.cluster.context} (docs/volumes.md)`,
    );
}

async function readBy(
  { cluster, namespace, primary }: Destination,
  file: string,
  command: readonly string[],
): Promise<string> {
  try {
    return await inMember(cluster, namespace, primary, command, { inputFile: file });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new UserError(
      `${file} cannot be read: ${reasonOf(error)}\n` +
        `if it is truncated or damaged, dump again (without -T, docker compose exec changes bytes)\n${howToDump}`,
    );
  }
}
