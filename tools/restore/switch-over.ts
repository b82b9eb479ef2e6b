import { patroniConfigMaps } from '../../charts/configuration/postgres.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { pause, resume } from '../cluster/argo-cd.ts';
import { type Cluster, get } from '../cluster/cluster.ts';
import { nameSuffix, runOnce } from '../cluster/cron-job.ts';
import { until } from '../cluster/until.ts';
import { type Move, moveVolume, setReclaimPolicy, volumeOf } from '../cluster/volumes.ts';
import { memberPods, readyPrimary } from '../postgres/members.ts';
import { UserError } from '../terminal/user-error.ts';
import { claimOf, type DecidedPlan, keptName, type Plan, record, type Switched, writePlan } from './plan.ts';
import { isDeployed, type Present, readStatefulSet, statefulSet } from './present.ts';

/** The moves of the volumes: the old ones first, so that their names are free. */
export async function movesOf(
  cluster: Cluster,
  namespace: string,
  plan: Plan,
  { claims }: Present,
): Promise<Move[]> {
  const restored = await volumeOf(cluster, namespace, claimOf(plan), 'data-postgres-0');
  const kept = claims
    .filter(({ spec }) => spec.volumeName !== undefined)
    .map(({ metadata }) => volumeOf(cluster, namespace, metadata.name, keptName(plan, metadata.name)));
  return [...(await Promise.all(kept)), restored];
}

/**
 * Replaces the volumes with the restored one. Each step checks what is done already, so it can be repeated. Argo CD, which
 * would start Postgres in the middle of it, is paused until it serves again, also when this fails.
 */
export async function switchOver(
  cluster: Cluster,
  environment: AnyEnvironment,
  name: string,
  plan: DecidedPlan,
  timeoutSeconds: number,
): Promise<void> {
  const { namespace } = environment;
  await pause(cluster, namespace, 'restore');
  const hasStatefulSet = await isDeployed(cluster, namespace);
  const begin = Date.now();
  const { stopped } =
    plan.switched ?? (await switchVolumes(cluster, namespace, plan, hasStatefulSet, timeoutSeconds));
  if (hasStatefulSet) {
    console.log('starting Postgres with the restored volume');
    // Not if the others already run: one of them may be the primary by now.
    if (await isStopped(cluster, namespace)) await scale(cluster, namespace, 1);
    await until(
      timeoutSeconds,
      async () =>
        (await readyPrimary(cluster, namespace)) === undefined ? { waits: 'no primary' } : { done: true },
      () =>
        `the restored member does not become the primary within ${timeoutSeconds} s; give the same command again to go on`,
    );
    console.log(
      `Postgres serves again; it was stopped for ${Math.round((Date.now() - begin) / 1000)} s at most`,
    );
    await scale(cluster, namespace, environment.postgres.members);
    await cluster.kubectl([
      'rollout',
      'status',
      statefulSet,
      '--namespace',
      namespace,
      `--timeout=${timeoutSeconds}s`,
    ]);
  }
  for (const { volume, reclaimPolicy } of plan.moves) {
    // Whoever was told how may have deleted an old one already.
    if (await get(cluster, [`persistentvolume/${volume}`]))
      await setReclaimPolicy(cluster, volume, reclaimPolicy);
  }
  await resume(cluster, namespace, 'restore');
  const words = afterwards({ context: cluster.context, namespace }, name, plan, stopped, hasStatefulSet);
  if (hasStatefulSet) await backUp(cluster, namespace, timeoutSeconds, words);
  console.log(words);
  // Last: whoever gives the same command again, because something failed, must not restore once more.
  await cluster.kubectl(['delete', 'configmap', record, '--namespace', namespace, '--ignore-not-found']);
}

/** The first backup of the restored database. */
async function backUp(
  cluster: Cluster,
  namespace: string,
  timeoutSeconds: number,
  words: string,
): Promise<void> {
  try {
    const suffix = nameSuffix(new Date());
    await runOnce(cluster, namespace, 'postgres-backup-full', { suffix, timeoutSeconds });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${words}\n\nbut the full backup after it failed: ${error.message}\n` +
        'correct that, and give the same command again: it takes the backup, and restores nothing',
    );
  }
}

/** Makes each volume outlive its claim, and checks that only Postgres uses one. */
async function releaseVolumes(cluster: Cluster, namespace: string, plan: DecidedPlan): Promise<void> {
  console.log('keeping every volume, whatever becomes of its claim');
  for (const { volume } of plan.moves) await setReclaimPolicy(cluster, volume, 'Retain');
  // A pod that has ended still holds its claim.
  const job = ['delete', `job/${claimOf(plan)}`, '--cascade=foreground', '--ignore-not-found'];
  await cluster.kubectl([...job, '--namespace', namespace]);
}

async function switchVolumes(
  cluster: Cluster,
  namespace: string,
  plan: DecidedPlan,
  hasStatefulSet: boolean,
  timeoutSeconds: number,
): Promise<Switched> {
  if (hasStatefulSet) {
    console.log('stopping Postgres');
    // First of all: writes are held for so long only.
    await scale(cluster, namespace, 0);
  }
  await releaseVolumes(cluster, namespace, plan);
  if (hasStatefulSet) {
    await until(
      timeoutSeconds,
      async () => {
        const stoppedGeneration = await stillStopping(cluster, namespace);
        if (!(await isStopped(cluster, namespace))) return { waits: 'its pods' };
        await writePlan(cluster, namespace, { ...plan, stoppedGeneration });
        return { done: true };
      },
      () => `Postgres has not stopped within ${timeoutSeconds} s; give the same command again to go on`,
    );
  }
  const switched = { stopped: await clusterTime(cluster, namespace, plan) };
  // With the state of the old cluster in place the restored member would not lead.
  await cluster.kubectl([
    'delete',
    'configmap',
    ...patroniConfigMaps,
    '--namespace',
    namespace,
    '--ignore-not-found',
  ]);
  const move = async (each: Move) => {
    await moveVolume(cluster, namespace, each, timeoutSeconds);
    console.log(`${each.to} is what was ${each.from}`);
  };
  // The restored one last: then the names are free.
  await Promise.all(plan.moves.slice(0, -1).map(move));
  await Promise.all(plan.moves.slice(-1).map(move));
  await writePlan(cluster, namespace, { ...plan, switched });
  return switched;
}

/** What is left to do, for people. */
export function afterwards(
  { context, namespace }: { readonly context: string; readonly namespace: string },
  name: string,
  plan: DecidedPlan,
  stopped: string,
  hasStatefulSet: boolean,
): string {
  const kept = plan.moves.filter(({ to }) => to !== 'data-postgres-0').map(({ to }) => to);
  return [
    `restored ${namespace} to ${plan.to}`,
    ...(hasStatefulSet
      ? []
      : [`deploy it now, and then: npm run backup -- ${name} --kind full --context ${context}`]),
    `if a version was deployed since then, migrate again: npm run migrate -- ${name} --again --context ${context}`,
    `the search index is still the old one: npm run reindex -- ${name} --force --context ${context}`,
    ...(kept.length > 0
      ? [
          `back to where it was: npm run restore -- ${name} --to ${stopped} --discard-newer --context ${context}`,
          `when nobody misses anything: kubectl --context ${context} delete persistentvolumeclaim --namespace ${namespace} ${kept.join(' ')}`,
        ]
      : []),
  ].join('\n');
}

/** What time it is for the cluster, as the WAL's times are; the clock of the machine that this runs on may differ. */
async function clusterTime(cluster: Cluster, namespace: string, plan: Plan): Promise<string> {
  const made = ['create', 'configmap', claimOf(plan), '--namespace', namespace, '--dry-run=server'];
  return cluster.kubectl([...made, '--output', 'jsonpath={.metadata.creationTimestamp}']);
}

async function scale(cluster: Cluster, namespace: string, replicas: number): Promise<void> {
  await cluster.kubectl(['scale', statefulSet, '--namespace', namespace, `--replicas=${replicas}`]);
}

/**
 * The generation of the StatefulSet, which is to have no members.
 *
 * @throws UserError when something else has started it again meanwhile
 */
async function stillStopping(cluster: Cluster, namespace: string): Promise<number | undefined> {
  const set = await readStatefulSet(cluster, namespace);
  if (set && (set.spec.replicas ?? 1) > 0) {
    throw new UserError(
      'something has scaled the StatefulSet postgres up again: have it stop (an Argo CD of another cluster: docs/argo-cd.md), then give the same command again',
    );
  }
  return set?.metadata.generation;
}

async function isStopped(cluster: Cluster, namespace: string): Promise<boolean> {
  return (await memberPods(cluster, namespace)).length === 0;
}
