import { setTimeout as delay } from 'node:timers/promises';
import { ExecaError } from 'execa';
import { dataClaim } from '../charts/lib/data-service.ts';
import { stanza } from '../charts/lib/pgbackrest.ts';
import { patroniConfigMaps } from '../charts/postgres-configuration.ts';
import { type EnvironmentName, environments } from '../environments/all.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { confirm } from './ask.ts';
import { type Backup, type Repository, readRepository } from './backups.ts';
import { type Cluster, chooseCluster, get, type TargetOptions } from './cluster.ts';
import { nameSuffix, runOnce } from './cron-job.ts';
import { jobState } from './job.ts';
import { inMember, memberPods, queryMember, readyPrimary } from './postgres-members.ts';
import { requirePrograms } from './programs.ts';
import { UserError } from './user-error.ts';
import { type Claim, type Move, moveVolume, setReclaimPolicy, volumeOf } from './volumes.ts';

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
 * What a restore has decided, kept in a ConfigMap until it is done: one that was interrupted goes on from there.
 */
interface Plan {
  /** In the names of all that the restore makes. */
  readonly id: string;
  readonly to: string;
  readonly set?: string | undefined;
  /** When the restore began: to there the way leads back. */
  readonly began: string;
  /** The volumes and their new claims, as soon as the restored one has passed its checks. */
  readonly moves?: readonly Move[];
  /** Whether the volumes have been switched: from then on Postgres may hold what people have written since. */
  readonly isSwitched?: true;
}

const record = 'postgres-restore';
const statefulSet = 'statefulset/postgres';

/** A commit takes this long at most until it is in the object store, in seconds. */
const archivedWithinSeconds = 60;

/**
 * `npm run restore -- ENVIRONMENT --to latest|TIME`: restores Postgres into a new volume, checks it there, and puts it
 * in the place of the present volumes, which are kept under another name.
 *
 * @throws UserError when it cannot be done, the answer is no, or what is there is newer and may not be put aside
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

export async function restore(
  cluster: Cluster,
  environment: AnyEnvironment,
  name: string,
  options: RestoreOptions,
): Promise<void> {
  const { namespace } = environment;
  const unfinished = await readPlan(cluster, namespace);
  if (unfinished?.moves) {
    await confirm(
      `A restore of ${namespace} to ${unfinished.to} that began at ${unfinished.began} was cut off ${unfinished.isSwitched ? 'after it had switched volumes: what has been written since stays' : 'while it switched volumes'}. It goes on now; --to is not looked at.`,
      options.yes,
    );
    await switchOver(cluster, environment, name, { ...unfinished, moves: unfinished.moves }, options.timeout);
    return;
  }

  const now = new Date();
  const at = parseTime(options.to, now);
  const repository = await readRepository(cluster, namespace);
  checkReach(repository, at, options.set);
  const present = await look(cluster, namespace);
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
  // The site went on meanwhile.
  refuseNewer(await look(cluster, namespace), namespace, point, options.discardNewer);
  const moves = await movesOf(cluster, namespace, plan, present);
  const decided = { ...plan, moves };
  await writePlan(cluster, namespace, decided);
  await switchOver(cluster, environment, name, decided, options.timeout);
}

/** Whether an unfinished restore has its copy already, and was to have the latest: by now that is not the latest. */
async function isOld(cluster: Cluster, namespace: string, plan: Plan): Promise<boolean> {
  return plan.to === 'latest' && (await jobState(cluster, namespace, claimOf(plan))) === 'complete';
}

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

/** @throws UserError when no backup, or not the chosen one, leads to that time */
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

function endOf(backup: Backup): Date {
  return new Date(backup.timestamp.stop * 1000);
}

/** Up to when every commit is in the object store. */
function archived({ newest, backups }: Repository): Date {
  const last = backups.at(-1);
  const end = newest ? new Date(newest.at) : last && endOf(last);
  return new Date((end?.getTime() ?? 0) - archivedWithinSeconds * 1000);
}

/** What is in the namespace and would be replaced. */
export interface Present {
  readonly hasStatefulSet: boolean;
  readonly claims: readonly Claim[];
  /** When the newest transaction was committed; undefined when no primary runs that could be asked. */
  readonly lastCommit?: Date | undefined;
}

async function look(cluster: Cluster, namespace: string): Promise<Present> {
  const found = await get<{ items: Claim[] }>(cluster, ['persistentvolumeclaims', '--namespace', namespace]);
  const claims = (found?.items ?? []).filter(({ metadata }) => /^data-postgres-\d+$/.test(metadata.name));
  const hasStatefulSet = (await get(cluster, [statefulSet, '--namespace', namespace])) !== undefined;
  const primary = await readyPrimary(cluster, namespace);
  return {
    hasStatefulSet,
    claims,
    lastCommit: primary === undefined ? undefined : await lastCommit(cluster, namespace, primary),
  };
}

async function lastCommit(cluster: Cluster, namespace: string, pod: string): Promise<Date> {
  // A server that has committed nothing since its start does not know; then its start is later than any commit.
  const query = `SELECT extract(epoch FROM coalesce((pg_last_committed_xact()).timestamp, pg_postmaster_start_time()))`;
  return new Date(Number(await queryMember(cluster, namespace, pod, query)) * 1000);
}

/** @throws UserError when what would be replaced may be newer than the restore point */
export function refuseNewer(
  { claims, lastCommit }: Present,
  namespace: string,
  at: Date,
  discardNewer: boolean,
): void {
  if (claims.length === 0 || discardNewer) return;
  const means = '--discard-newer means that all the same; the volumes are kept';
  if (!lastCommit) {
    throw new UserError(
      `${names(claims)} in ${namespace} may hold newer data than the restore point ${at.toISOString()}, and no primary runs that could be asked\n${means}`,
    );
  }
  if (lastCommit > at) {
    throw new UserError(
      `the database in ${namespace} has transactions of ${lastCommit.toISOString()}, newer than the restore point ${at.toISOString()}\n${means}`,
    );
  }
}

function names(claims: readonly Claim[]): string {
  return claims.map(({ metadata }) => metadata.name).join(', ');
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

function claimOf({ id }: Plan): string {
  return `postgres-restore-${id}`;
}

function keptName({ id }: Plan, claim: string): string {
  return `before-restore-${id}-${claim.replace(/^data-/, '')}`;
}

async function readPlan(cluster: Cluster, namespace: string): Promise<Plan | undefined> {
  const found = await get<{ data: { plan: string } }>(cluster, [
    `configmap/${record}`,
    '--namespace',
    namespace,
  ]);
  return found && JSON.parse(found.data.plan);
}

async function writePlan(cluster: Cluster, namespace: string, plan: Plan): Promise<void> {
  const metadata = { name: record, namespace, labels: { 'app.kubernetes.io/part-of': 'coped' } };
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { plan: JSON.stringify(plan) } };
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(manifest) });
}

/** Removes what an unfinished restore has made; it has not touched anything else. */
async function abandon(cluster: Cluster, namespace: string, plan: Plan): Promise<void> {
  const made = [`job/${claimOf(plan)}`, `persistentvolumeclaim/${claimOf(plan)}`, `configmap/${record}`];
  await cluster.kubectl(['delete', '--namespace', namespace, '--ignore-not-found', ...made]);
}

/**
 * Has the object store hold all that is committed, where there is a primary: the restore point may be a moment ago.
 *
 * @throws UserError when that fails, unless what is newer may be put aside
 */
async function archiveAll(cluster: Cluster, namespace: string, discardNewer: boolean): Promise<void> {
  const primary = await readyPrimary(cluster, namespace);
  if (primary === undefined) return;
  console.log('archiving what was committed last');
  try {
    await inMember(cluster, namespace, primary, ['pgbackrest', `--stanza=${stanza}`, 'check']);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const reason = `what was committed last cannot be archived: ${error.stderr}`;
    if (!discardNewer)
      throw new UserError(`${reason}\nmend that, or leave it out of the restore with --discard-newer`);
    console.log(`${reason}\nit is not in the restore`);
  }
}

/** Restores into a volume of its own, unless that has been done already. */
async function recover(
  cluster: Cluster,
  environment: AnyEnvironment,
  plan: Plan,
  { claims }: Present,
  timeoutSeconds: number,
): Promise<void> {
  const { namespace } = environment;
  const name = claimOf(plan);
  if ((await jobState(cluster, namespace, name)) === 'complete') return;
  const [model] = claims;
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...dataClaim(environment, 'postgres', environment.postgres).metadata, name, namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      // As large as the volumes are that it replaces, and of their class: they may have grown since they were made.
      storageClassName: model?.spec.storageClassName,
      resources: model?.spec.resources ?? {
        requests: { storage: `${environment.postgres.storageGibibytes}Gi` },
      },
    },
  };
  if (!(await get(cluster, [`persistentvolumeclaim/${name}`, '--namespace', namespace])))
    await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify(claim) });
  console.log(`restoring into ${name}`);
  try {
    await runOnce(cluster, namespace, 'postgres-restore', {
      suffix: plan.id,
      timeoutSeconds,
      change: (pod) => ({
        ...pod,
        containers: [
          {
            ...pod.containers[0],
            command: ['tini', '--', 'restore-backup', 'recover', plan.to, ...(plan.set ? [plan.set] : [])],
          },
        ],
        volumes: pod.volumes.map((volume) =>
          volume.name === 'data' ? { name: 'data', persistentVolumeClaim: { claimName: name } } : volume,
        ),
      }),
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\nnothing was replaced. Mend the cause and give the same command again, or give up what was begun:\n` +
        `kubectl --context ${cluster.context} --namespace ${namespace} delete job/${name} persistentvolumeclaim/${name} configmap/${record}`,
    );
  }
}

/** What becomes of each volume: the old ones first, so that their names are free. */
async function movesOf(
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

/** Puts the restored volume in the place of the others. Each step finds out what is done already, so it can be repeated. */
async function switchOver(
  cluster: Cluster,
  environment: AnyEnvironment,
  name: string,
  plan: Plan & { readonly moves: readonly Move[] },
  timeoutSeconds: number,
): Promise<void> {
  const { namespace } = environment;
  const hasStatefulSet = (await get(cluster, [statefulSet, '--namespace', namespace])) !== undefined;
  if (!plan.isSwitched) await releaseVolumes(cluster, namespace, plan);
  const begin = Date.now();
  if (!plan.isSwitched) await switchVolumes(cluster, namespace, plan, hasStatefulSet, timeoutSeconds);
  if (hasStatefulSet) {
    console.log('starting Postgres with the restored volume');
    // Not when the others run already, one of which may be the primary by now.
    if (await isStopped(cluster, namespace)) await scale(cluster, namespace, 1);
    await until(timeoutSeconds, 'the restored member does not become the primary', () =>
      readyPrimary(cluster, namespace),
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
  for (const { volume, reclaimPolicy } of plan.moves) await setReclaimPolicy(cluster, volume, reclaimPolicy);
  await cluster.kubectl(['delete', 'configmap', record, '--namespace', namespace, '--ignore-not-found']);
  if (hasStatefulSet) {
    await runOnce(cluster, namespace, 'postgres-backup-full', { suffix: plan.id, timeoutSeconds });
  }
  console.log(afterwards(namespace, name, plan, hasStatefulSet));
}

/** Has each volume outlive its claim, and nothing but Postgres use one. */
async function releaseVolumes(
  cluster: Cluster,
  namespace: string,
  plan: Plan & { readonly moves: readonly Move[] },
): Promise<void> {
  console.log('keeping every volume, whatever becomes of its claim');
  for (const { volume } of plan.moves) await setReclaimPolicy(cluster, volume, 'Retain');
  // A pod that has ended still holds its claim.
  const job = ['delete', `job/${claimOf(plan)}`, '--cascade=foreground', '--ignore-not-found'];
  await cluster.kubectl([...job, '--namespace', namespace]);
}

async function switchVolumes(
  cluster: Cluster,
  namespace: string,
  plan: Plan & { readonly moves: readonly Move[] },
  hasStatefulSet: boolean,
  timeoutSeconds: number,
): Promise<void> {
  if (hasStatefulSet) {
    console.log('stopping Postgres');
    await scale(cluster, namespace, 0);
    await until(timeoutSeconds, 'Postgres has not stopped', async () => {
      await refuseRestart(cluster, namespace);
      return isStopped(cluster, namespace);
    });
  }
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
  await writePlan(cluster, namespace, { ...plan, isSwitched: true });
}

function afterwards(
  namespace: string,
  name: string,
  plan: Plan & { readonly moves: readonly Move[] },
  hasStatefulSet: boolean,
): string {
  const kept = plan.moves.filter(({ to }) => to !== 'data-postgres-0').map(({ to }) => to);
  return [
    `restored ${namespace} to ${plan.to}`,
    ...(hasStatefulSet ? [] : [`deploy it now, and then: npm run backup -- ${name} --kind full`]),
    `the search index is still the old one: npm run reindex -- ${name} --force`,
    ...(kept.length > 0
      ? [
          `back to where it was: npm run restore -- ${name} --to ${plan.began} --discard-newer`,
          `when nobody misses anything: kubectl delete persistentvolumeclaim --namespace ${namespace} ${kept.join(' ')}`,
        ]
      : []),
  ].join('\n');
}

async function scale(cluster: Cluster, namespace: string, replicas: number): Promise<void> {
  await cluster.kubectl(['scale', statefulSet, '--namespace', namespace, `--replicas=${replicas}`]);
}

/** @throws UserError when something else has started it again meanwhile */
async function refuseRestart(cluster: Cluster, namespace: string): Promise<void> {
  const set = await get<{ spec: { replicas: number } }>(cluster, [statefulSet, '--namespace', namespace]);
  if (set && set.spec.replicas > 0) {
    throw new UserError(
      'something has scaled the StatefulSet postgres up again: have it stop (Argo CD: turn self-heal off), then give the same command again',
    );
  }
}

async function isStopped(cluster: Cluster, namespace: string): Promise<boolean> {
  return (await memberPods(cluster, namespace)).length === 0;
}

async function until<T>(seconds: number, what: string, condition: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end)
      throw new UserError(`${what} within ${seconds} s; give the same command again to go on`);
    await delay(500);
  }
}
