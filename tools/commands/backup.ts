import { type EnvironmentName, environments } from '../../environments/all.ts';
import { chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import { nameSuffix, runOnce } from '../cluster/cron-job.ts';
import { requirePrograms } from '../terminal/programs.ts';

export const backupKinds = ['full', 'differential', 'incremental'] as const;

export type BackupKind = (typeof backupKinds)[number];

/**
 * `npm run backup -- ENVIRONMENT`: backs Postgres up now, in addition to the schedule, and shows the log. Its last line says
 * the label and the size of the backup, and how long it took.
 *
 * @throws UserError when the environment has no backups, or this backup fails
 */
export async function backupCommand(
  name: EnvironmentName,
  options: TargetOptions & { readonly kind: BackupKind; readonly timeout: number },
): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This backs up the database of ${name}`, options);
  await runOnce(cluster, environments[name].namespace, `postgres-backup-${options.kind}`, {
    suffix: nameSuffix(new Date()),
    timeoutSeconds: options.timeout,
  });
}
