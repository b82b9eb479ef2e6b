import { type Cluster, get } from '../cluster/cluster.ts';
import type { ConfigMap } from '../cluster/objects.ts';
import type { Move } from '../cluster/volumes.ts';

/**
 * What a restore has decided, kept in a ConfigMap until it is done: one that was interrupted goes on from there.
 */
export interface Plan {
  /** In the names of all that the restore makes. */
  readonly id: string;
  readonly to: string;
  readonly set?: string | undefined;
  /** When the restore began. */
  readonly began: string;
  /** The volumes and their new claims, as soon as the restored one has passed its checks. */
  readonly moves?: readonly Move[];
  /** With the volumes: the time, of ISO 8601, after which transactions are put aside. */
  readonly point?: string;
  /**
   * As soon as Postgres has stopped: which generation its StatefulSet had then; undefined where it is not deployed. Another
   * one means that somebody has changed it since.
   */
  readonly stoppedGeneration?: number | undefined;
  /** As soon as the volumes have been switched: from then on Postgres may hold what people have written since. */
  readonly switched?: Switched;
}

/** What is known when the volumes have been switched. */
export interface Switched {
  /** When nothing wrote to the old volumes any more: to there the way leads back. */
  readonly stopped: string;
}

/** A plan whose copy has passed its checks: what is left is to switch the volumes. */
export type DecidedPlan = Plan & Required<Pick<Plan, 'moves' | 'point'>>;

/** Whether what is left of it is to switch the volumes. */
export function isDecided(plan: Plan | undefined): plan is DecidedPlan {
  return plan?.moves !== undefined && plan.point !== undefined;
}

/** Name of the ConfigMap that holds the plan. */
export const record = 'postgres-restore';

/** Name of the claim of the restored volume until it is switched, and of the Job that restores into it. */
export function claimOf({ id }: Plan): string {
  return `postgres-restore-${id}`;
}

/** Name that the claim of a volume gets which is put aside. */
export function keptName({ id }: Plan, claim: string): string {
  return `before-restore-${id}-${claim.replace(/^data-/, '')}`;
}

/** The plan of a restore that is not done, if there is one. */
export async function readPlan(cluster: Cluster, namespace: string): Promise<Plan | undefined> {
  const found = await get<ConfigMap>(cluster, [`configmap/${record}`, '--namespace', namespace]);
  return found && JSON.parse(found.data?.plan ?? '');
}

/** Keeps the plan, in the place of what was kept of it before. */
export async function writePlan(cluster: Cluster, namespace: string, plan: Plan): Promise<void> {
  const metadata = { name: record, namespace, labels: { 'app.kubernetes.io/part-of': 'coped' } };
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { plan: JSON.stringify(plan) } };
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(manifest) });
}

/** Removes what an unfinished restore has made; it has not touched anything else. */
export async function abandon(cluster: Cluster, namespace: string, plan: Plan): Promise<void> {
  await cluster.kubectl(['delete', '--namespace', namespace, '--ignore-not-found', ...madeBy(plan)]);
}

/** The command that does the same. */
export function givingUp({ context }: Cluster, namespace: string, plan: Plan): string {
  return `kubectl --context ${context} --namespace ${namespace} delete --ignore-not-found ${madeBy(plan).join(' ')}`;
}

function madeBy(plan: Plan): string[] {
  return [`job/${claimOf(plan)}`, `persistentvolumeclaim/${claimOf(plan)}`, `configmap/${record}`];
}
