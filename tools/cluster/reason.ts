import { ExecaError } from 'execa';
import type { Cluster } from './cluster.ts';
import { blockingContainer, describe } from './pods.ts';
import type { WorkloadState } from './workloads.ts';

/** How the program charts/configuration/wait_or_migrate.py says what it waits for. */
const reasons = /^waiting until (?:the database is migrated: (?<migrations>.*)|.*)$/;

/**
 * The state of a workload, and what the init container for which its pod waits says of it. A gate waits for migrations
 * only if it says so: otherwise it may wait for Postgres.
 */
export async function withReason(
  cluster: Cluster,
  namespace: string,
  state: WorkloadState,
): Promise<WorkloadState> {
  const { pod } = state;
  const container = pod && blockingContainer(pod);
  const isInit = container && pod.status?.initContainerStatuses?.includes(container);
  if (!isInit || !container.state?.running || state.state === 'failed') return state;
  const reason = await lastReason(cluster, namespace, pod.metadata.name, container.name);
  const migrations = reason?.groups?.migrations;
  if (state.state === 'waiting-for-migrations' && migrations !== undefined)
    return { ...state, detail: `${state.detail}: ${migrations}` };
  const where = `${pod.metadata.name}, container ${container.name}`;
  return {
    ...state,
    state: 'progressing',
    detail: reason ? `${where}: ${reason[0]}` : describe(pod, cluster.context),
  };
}

/** The last line of a container's log that says what it waits for. */
async function lastReason(
  cluster: Cluster,
  namespace: string,
  pod: string,
  container: string,
): Promise<RegExpExecArray | undefined> {
  try {
    const which = ['--namespace', namespace, pod, '--container', container];
    const log = await cluster.kubectl(['logs', ...which, '--tail', '20']);
    return log
      .split('\n')
      .map((line) => reasons.exec(line))
      .findLast((match) => match !== null);
  } catch (error) {
    // The pod may have gone since.
    if (!(error instanceof ExecaError)) throw error;
    return undefined;
  }
}
