import { ExecaError } from 'execa';
import { stanza } from '../../charts/configuration/pgbackrest.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { inMember, readyPrimary } from '../postgres/members.ts';
import type { Backup, Repository } from '../postgres/repository.ts';
import { UserError } from '../terminal/user-error.ts';

/** Longest time until a commit is in the object store, in seconds. */
const archivedWithinSeconds = 60;

/**
 * The moment that `--to` names; undefined for `latest`.
 *
 * @throws UserError when it is no time, has no zone, or has not come yet
 */
export function parseTime(to: string, now: Date): Date | undefined {
  if (to === 'latest') return undefined;
  const isTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/.test(to);
  const at = new Date(to);
  if (!isTime || Number.isNaN(at.getTime())) {
    throw new UserError(
      `--to is "${to}", expected latest or a time with its zone, for example ${now.toISOString().replace(/\.\d+/, '')}`,
    );
  }
  if (at > now) throw new UserError(`--to is "${to}", which has not come yet: it is ${now.toISOString()}`);
  return at;
}

/**
 * Refuses a restore that the object store cannot serve.
 *
 * @throws UserError when no backup, or not the chosen one, leads to that time
 */
export function checkReach({ backups }: Repository, at: Date | undefined, label: string | undefined): void {
  const [oldest] = backups;
  if (!oldest) throw new UserError('the object store holds no backup: there is nothing to restore');
  const chosen = label === undefined ? oldest : backups.find((backup) => backup.label === label);
  if (!chosen) {
    throw new UserError(
      `there is no backup "${label}"; there are ${backups.map((backup) => backup.label).join(', ')}`,
    );
  }
  if (at && at.getTime() <= chosen.timestamp.stop * 1000) {
    const which = label === undefined ? 'the oldest backup' : `backup ${label}`;
    throw new UserError(
      `--to is ${at.toISOString()}, but ${which} leads to times after ${endOf(chosen).toISOString()} only`,
    );
  }
}

/** The time up to which every commit is in the object store. */
export function archived({ newest, backups }: Repository): Date {
  const last = backups.at(-1);
  const end = newest ? new Date(newest.at) : last && endOf(last);
  return new Date((end?.getTime() ?? 0) - archivedWithinSeconds * 1000);
}

/**
 * Archives everything that is committed, if there is a primary, because the restore point may be a moment ago.
 *
 * @throws UserError when that fails, unless what is newer may be put aside
 */
export async function archiveAll(cluster: Cluster, namespace: string, discardNewer: boolean): Promise<void> {
  const primary = await readyPrimary(cluster, namespace);
  if (primary === undefined) return;
  console.log('archiving what was committed last');
  try {
    await inMember(cluster, namespace, primary, ['pgbackrest', `--stanza=${stanza}`, 'check']);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const reason = `what was committed last cannot be archived: ${error.stderr}`;
    if (!discardNewer)
      throw new UserError(`${reason}\ncorrect that, or leave it out of the restore with --discard-newer`);
    console.log(`${reason}\nit is not in the restore`);
  }
}

function endOf(backup: Backup): Date {
  return new Date(backup.timestamp.stop * 1000);
}
