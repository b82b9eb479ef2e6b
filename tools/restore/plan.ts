import { type Cluster, get } from '../cluster/cluster.ts';
import type { ConfigMap } from '../cluster/objects.ts';
import type { Move } from '../cluster/volumes.ts';

/**
 * What a restore has decided, kept in a ConfigMap until the restore is done. An interrupted restore continues from it.
 */
export interface Plan {
  /** Part of the names of everything that the restore creates. */
  readonly id: string;
  readonly to: string;
  readonly set?: string | undefined;
  /** When the restore began. */
  readonly began: string;
  /** The volumes and their new claims, as soon as the restored one has passed its checks. */
  readonly moves?: readonly Move[];
  /** Set with the volumes: the time (ISO 8601) after which transactions are put aside. */
  readonly point?: string;
  /**
   * Set when Postgres has stopped: the generation of its StatefulSet, or undefined if it is not deployed. Another generation
   * means that somebody has changed it since.
   */
  readonly stoppedGeneration?: number | undefined;
  /** Set when the volumes have been switched. From then on Postgres may hold new data. */
  readonly switched?: Switched;
}

/** What is known when the volumes have been switched. */
export interface Switched {
  /** When writing to the old volumes ended: the time to which one can return. */
  readonly stopped: string;
}

/** A plan whose copy has passed its checks: only the volumes have to be switched. */
export type DecidedPlan = Plan & Required<Pick<Plan, 'moves' | 'point'>>;

/** Whether only the volumes have to be switched. */
export function isDecided(plan: Plan | undefined): plan is DecidedPlan {
  return plan?.moves !== undefined && plan.point !== undefined;
}

/** Name of the ConfigMap that holds the plan. */
export const record = 'postgres-restore';

/** Name of the claim of the restored volume until it is switched, and of the Job that restores into it. */
export function claimOf({ id }: Plan): string {
  return `postgres-restore-${id}`;
}

/** Name of the claim of a volume that is put aside. */
export function keptName({ id }: Plan, claim: string): string {
  return `before-restore-${id}-${claim.replace(/^data-/, '')}`;
}

/** The plan of an unfinished restore, if there is one. */
export async function readPlan(cluster: Cluster, namespace: string): Promise<Plan | undefined> {
  const found = await get<ConfigMap>(cluster, [`configmap/${record}`, '--namespace', namespace]);
  return found && JSON.parse(found.data?.plan ?? '');
}

/** Saves the plan, and replaces the previous one. */
export async function writePlan(cluster: Cluster, namespace: string, plan: Plan): Promise<void> {
  const metadata = { name: record, namespace, labels: { 'app.kubernetes.io/part-of': 'coped' } };
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { plan: JSON.stringify(plan) } };
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(manifest) });
}

/** Deletes what an unfinished restore has created. It has changed nothing else. */
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
