import { setTimeout as delay } from 'node:timers/promises';
import { ExecaError } from 'execa';
import { UserError } from '../terminal/user-error.ts';
import type { Cluster } from './cluster.ts';
import { blockingContainer } from './pods.ts';
import { type WantedWorkload, type WorkloadState, workloadStates } from './workloads.ts';

/** How long `up` waits before it says what is wrong, in seconds, unless `--timeout` says otherwise. */
export const defaultTimeoutSeconds = 300;

/** A reason such as ErrImagePull may pass by itself; after this long it is taken at its word. */
const patienceSeconds = 15;

/** A gate also closes for a moment when nothing is to be migrated; after this long it waits for a migration. */
const gateSeconds = 10;

export interface Wait {
  readonly timeoutSeconds: number;
  /** Whether pods that wait for the migrations are an end, because nobody but the operator runs them. */
  readonly endsAtGate: boolean;
  /** Is told the states each time that it looks. */
  readonly report: (states: readonly WorkloadState[]) => void;
}

/**
 * Waits until every wanted workload is ready, or until all that are not wait for the migrations.
 *
 * @throws UserError with the reason, the events and the log's last lines when one fails or time is up
 */
export async function waitUntilReady(
  cluster: Cluster,
  namespace: string,
  wanted: readonly WantedWorkload[],
  { timeoutSeconds, endsAtGate, report }: Wait,
): Promise<readonly WorkloadState[]> {
  const start = Date.now();
  const since = new Map<string, number>();
  /** How long this has been so, in seconds. */
  const lasts = (what: string, isSo: boolean): number => {
    if (!isSo) since.delete(what);
    else if (!since.has(what)) since.set(what, Date.now());
    return (Date.now() - (since.get(what) ?? Date.now())) / 1000;
  };
  for (;;) {
    const states = await workloadStates(cluster, namespace, wanted).catch(stateless);
    report(states);
    const unready = states.filter(({ state }) => state !== 'ready');
    if (unready.length === 0) return states;
    const broken = states.filter(({ name, state }) => lasts(name, state === 'failed') > patienceSeconds);
    if (broken[0]) throw new UserError(await explain(cluster, namespace, broken[0], 'will not get ready'));
    const isGated = unready.every(({ state }) => state === 'waiting-for-migrations');
    if (lasts('gate', isGated) > gateSeconds && endsAtGate) return states;
    const [first] = unready;
    if (first && Date.now() - start > timeoutSeconds * 1000) {
      throw new UserError(await explain(cluster, namespace, first, `is not ready after ${timeoutSeconds} s`));
    }
    await delay(1000);
  }
}

/** A look that failed says nothing of the workloads; the next one may succeed. */
function stateless(error: unknown): WorkloadState[] {
  if (!(error instanceof ExecaError)) throw error;
  return [{ name: 'the cluster', state: 'progressing', detail: error.shortMessage }];
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
    if (container && (container.state?.waiting === undefined || container.restartCount > 0)) {
      const previous = container.state?.waiting ? ['--previous'] : [];
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

/** What is not ready yet: all of it on a terminal, which shows it in place, and else only what has changed. */
export function progressReport(): (states: readonly WorkloadState[]) => string {
  let shown = new Set<string>();
  return (states) => {
    const lines = states
      .filter(({ state }) => state !== 'ready')
      .map(({ name, detail }) => `${name}: ${detail}`);
    const news = process.stdout.isTTY ? lines : lines.filter((line) => !shown.has(line));
    shown = new Set(lines);
    return news.join('\n');
  };
}
