import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import { nameSuffix } from '../cluster/cron-job.ts';
import { jobState } from '../cluster/job.ts';
import { readRepository } from '../postgres/repository.ts';
import { holdWrites } from '../restore/hold-writes.ts';
import {
  abandon,
  claimOf,
  type DecidedPlan,
  givingUp,
  isDecided,
  keptName,
  type Plan,
  readPlan,
  record,
  writePlan,
} from '../restore/plan.ts';
import { type Present, readPresent, readStatefulSet, refuseNewer } from '../restore/present.ts';
import { recover } from '../restore/recover.ts';
import { archiveAll, archived, checkReach, parseTime } from '../restore/restore-point.ts';
import { movesOf, switchOver } from '../restore/switch-over.ts';
import { confirm } from '../terminal/ask.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** The options of a restore. */
export interface RestoreOptions {
  /** `latest`, or a time of ISO 8601 with its zone. */
  readonly to: string;
  /** Label of the backup to start from; otherwise the newest one before the time. */
  readonly set?: string | undefined;
  /** Whether what is newer than the restore point may be put aside. */
  readonly discardNewer: boolean;
  readonly yes: boolean;
  readonly timeout: number;
}

/**
 * `npm run restore -- ENVIRONMENT --to latest|TIME`: restores Postgres into a new volume, checks it there, and replaces the
 * present volumes, which are kept under another name.
 *
 * @throws UserError when it is impossible, when the answer is no, or when newer data may not be put aside
 */
export async function restoreCommand(
  name: EnvironmentName,
  options: TargetOptions & RestoreOptions,
): Promise<void> {
  parseTime(options.to, new Date());
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This restores the database of ${name}`, options);
  await restore(cluster, environments[name], name, options);
}

/** The command itself, on a chosen cluster. */
export async function restore(
  cluster: Cluster,
  environment: AnyEnvironment,
  name: string,
  options: RestoreOptions,
): Promise<void> {
  const { namespace } = environment;
  const unfinished = await readPlan(cluster, namespace);
  if (isDecided(unfinished)) {
    if (unfinished.switched) refuseAnother(cluster, unfinished, namespace, options.to);
    else if (!options.discardNewer) await refuseWrittenSince(cluster, namespace, unfinished);
    await confirm(
      `A restore of ${namespace} to ${unfinished.to} that began at ${unfinished.began} was cut off ${unfinished.switched ? 'after it had switched volumes: what has been written since stays' : 'before it had switched all volumes'}. It goes on now.`,
      options.yes,
    );
    if (!unfinished.switched && !options.discardNewer)
      await holdWrites(cluster, namespace, () => refuseWrittenSince(cluster, namespace, unfinished));
    await switchOver(cluster, environment, name, unfinished, options.timeout);
    return;
  }

  const now = new Date();
  const at = parseTime(options.to, now);
  const repository = await readRepository(cluster, namespace);
  checkReach(repository, at, options.set);
  const present = await readPresent(cluster, namespace);
  const point = at ?? archived(repository);
  refuseNewer(present, namespace, point, options.discardNewer);
  const isSame =
    unfinished?.to === options.to &&
    unfinished.set === options.set &&
    !(await isOld(cluster, namespace, unfinished));
  const plan = isSame
    ? unfinished
    : { id: nameSuffix(now), to: options.to, set: options.set, began: now.toISOString() };
  await confirm(statement(cluster, namespace, plan, present, isSame ? undefined : unfinished), options.yes);

  if (unfinished && !isSame) await abandon(cluster, namespace, unfinished);
  await writePlan(cluster, namespace, plan);
  if (!at || at > archived(repository)) await archiveAll(cluster, namespace, options.discardNewer);
  await recover(cluster, environment, plan, present, options.timeout);
  const moves = await movesOf(cluster, namespace, plan, present);
  const decided = { ...plan, moves, point: point.toISOString() };
  const decide = async () => {
    // The site went on meanwhile.
    refuseNewer(await readPresent(cluster, namespace), namespace, point, options.discardNewer);
    await writePlan(cluster, namespace, decided);
  };
  if (options.discardNewer) await decide();
  else await holdWrites(cluster, namespace, decide);
  await switchOver(cluster, environment, name, decided, options.timeout);
}

/** @throws UserError when the restore is not the unfinished one, which lacks only its backup */
function refuseAnother({ context }: Cluster, plan: DecidedPlan, namespace: string, to: string): void {
  if (to === plan.to) return;
  throw new UserError(
    `--to is ${to}, but the restore of ${namespace} to ${plan.to} still lacks the full backup that follows it\n` +
      `give --to ${plan.to} again, which takes that and restores nothing; or forget it with:\n` +
      `kubectl --context ${context} --namespace ${namespace} delete configmap/${record}`,
  );
}

/**
 * Checks a restore that was interrupted before it had switched all volumes: the members may still run, or something may
 * have started them again.
 *
 * @throws UserError when they may have newer data
 */
async function refuseWrittenSince(cluster: Cluster, namespace: string, plan: DecidedPlan): Promise<void> {
  const set = await readStatefulSet(cluster, namespace);
  if (!set || set.metadata.generation === plan.stoppedGeneration) return;
  const present = await readPresent(cluster, namespace);
  try {
    refuseNewer(present, namespace, new Date(plan.point), false);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const hasMoved = plan.moves.some(
      ({ from, volume }) =>
        from.startsWith('data-') &&
        !present.claims.some(({ metadata, spec }) => metadata.name === from && spec.volumeName === volume),
    );
    throw new UserError(
      `${error.message}\na restore to ${plan.to} that began at ${plan.began} was cut off before it had switched all volumes; ` +
        (hasMoved
          ? `some are switched already, and configmap/${record} is the only list of them: do not delete it`
          : `give it up with:\n${givingUp(cluster, namespace, plan)}`),
    );
  }
}

/** Whether an unfinished restore to `latest` already has its copy, which by now is not the latest. */
async function isOld(cluster: Cluster, namespace: string, plan: Plan): Promise<boolean> {
  return plan.to === 'latest' && (await jobState(cluster, namespace, claimOf(plan))) === 'complete';
}

function statement(
  cluster: Cluster,
  namespace: string,
  plan: Plan,
  present: Present,
  abandoned: Plan | undefined,
): string {
  const keeps = present.claims.map(
    ({ metadata }) => `    ${metadata.name} becomes ${keptName(plan, metadata.name)}`,
  );
  return [
    `This restores Postgres of ${namespace} in "${cluster.context}" to ${plan.to}:`,
    ...(abandoned
      ? [`  - deletes the volume ${claimOf(abandoned)} of an unfinished restore to ${abandoned.to}`]
      : []),
    `  - makes the volume ${claimOf(plan)}, restores into it and checks it; the site goes on meanwhile`,
    ...(present.hasStatefulSet
      ? ['  - stops every member of Postgres: the site is down until the last step but one']
      : []),
    ...(keeps.length > 0 ? ['  - keeps the volumes that are there now under other names:', ...keeps] : []),
    '  - puts the restored volume in their place, as data-postgres-0',
    ...(present.hasStatefulSet
      ? ['  - starts Postgres, first one member, then the others, which copy it', '  - takes a full backup']
      : []),
    ...(present.lastCommit
      ? [
          `Transactions after the restore point are put aside; the newest is of ${present.lastCommit.toISOString()}.`,
        ]
      : []),
  ].join('\n');
}
