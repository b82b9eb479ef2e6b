import { setTimeout as delay } from 'node:timers/promises';
import { ExecaError } from 'execa';
import type { Cluster } from './cluster.ts';
import { UserError } from './user-error.ts';
import { blockingContainer, type WantedWorkload, type WorkloadState, workloadStates } from './workloads.ts';

/** How long `up` waits before it says what is wrong, in seconds, unless `--timeout` says otherwise. */
export const defaultTimeoutSeconds = 300;

/** A reason such as ErrImagePull may pass by itself; after this long it is taken at its word. */
const patienceSeconds = 15;

/**
 * Waits until every wanted workload is ready or waits for the migrations.
 *
 * @param report is told what is not ready yet, each time that it changes
 * @throws UserError with the reason, the events and the log's last lines when one fails or time is up
 */
export async function waitUntilReady(
  cluster: Cluster,
  namespace: string,
  wanted: readonly WantedWorkload[],
  timeoutSeconds: number,
  report: (states: readonly WorkloadState[]) => void,
): Promise<readonly WorkloadState[]> {
  const start = Date.now();
  const failingSince = new Map<string, number>();
  for (;;) {
    const states = await workloadStates(cluster, namespace, wanted);
    report(states);
    for (const state of states) {
      if (state.state !== 'failed') failingSince.delete(state.name);
      else if (!failingSince.has(state.name)) failingSince.set(state.name, Date.now());
    }
    const unready = states.filter(({ state }) => state === 'progressing' || state === 'failed');
    if (unready.length === 0) return states;
    const broken = unready.find(
      ({ name }) => Date.now() - (failingSince.get(name) ?? Date.now()) > patienceSeconds * 1000,
    );
    if (broken) throw new UserError(await explain(cluster, namespace, broken, 'will not get ready'));
    const [first] = unready;
    if (first && Date.now() - start > timeoutSeconds * 1000) {
      throw new UserError(await explain(cluster, namespace, first, `is not ready after ${timeoutSeconds} s`));
    }
    await delay(1000);
  }
}

async function explain(
  cluster: Cluster,
  namespace: string,
  workload: WorkloadState,
  verdict: string,
): Promise<string> {
  const lines = [`${workload.name} in ${namespace} ${verdict}: ${workload.detail}`];
  const { pod } = workload;
  if (pod) {
    const container = blockingContainer(pod);
    const events = await kubectlOrReason(cluster, [
      'get',
      'events',
      '--namespace',
      namespace,
      '--field-selector',
      `involvedObject.name=${pod.metadata.name}`,
      '--sort-by',
      '.lastTimestamp',
      '--output',
      'custom-columns=REASON:.reason,MESSAGE:.message',
      '--no-headers',
    ]);
    lines.push('its last events:', ...indent(events, 8));
    if (container && (container.state.waiting === undefined || container.restartCount > 0)) {
      const previous = container.state.waiting ? ['--previous'] : [];
      const log = await kubectlOrReason(cluster, [
        'logs',
        '--namespace',
        namespace,
        pod.metadata.name,
        '--container',
        container.name,
        '--tail',
        '20',
        ...previous,
      ]);
      lines.push(`the last lines of the log of ${container.name}:`, ...indent(log, 20));
    }
    lines.push(
      `look further with: kubectl --context ${cluster.context} --namespace ${namespace} describe pod ${pod.metadata.name}`,
    );
  }
  return lines.join('\n');
}

/** Its output, or what it said instead: an explanation must not fail on the way. */
async function kubectlOrReason(cluster: Cluster, arguments_: readonly string[]): Promise<string> {
  try {
    return await cluster.kubectl(arguments_);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return error.shortMessage;
  }
}

function indent(text: string, last: number): string[] {
  return text
    .trim()
    .split('\n')
    .slice(-last)
    .map((line) => `    ${line}`);
}
