import { ExecaError } from 'execa';
import { UserError } from '../terminal/user-error.ts';
import type { Cluster } from './cluster.ts';
import { explain } from './explain.ts';
import { withReason } from './reason.ts';
import { until } from './until.ts';
import { readItems, stateOf, stepsDone, type WantedWorkload, type WorkloadState } from './workloads.ts';

/** How long `up` waits before it says what is wrong, in seconds, unless `--timeout` says otherwise. */
export const defaultTimeoutSeconds = 300;

/** A reason such as ErrImagePull may resolve itself; after this long it counts as final. */
const patienceSeconds = 15;

/** Right after an apply, the pods that wait may be those of the version before; after this long they are not. */
const gateSeconds = 10;

export interface Wait {
  /** How long it may take until everything, or one more container, is ready. */
  readonly timeoutSeconds: number;
  /** Whether waiting ends at pods that wait for migrations, because only the operator runs those. */
  readonly endsAtGate: boolean;
  /** Gets the states at each look. */
  readonly report: (states: readonly WorkloadState[]) => void;
}

/**
 * Waits until every wanted workload is ready, or until the others only wait for migrations.
 *
 * @throws UserError with the reason, the events and the last lines of the log when one fails or the time is over
 */
export async function waitUntilReady(
  cluster: Cluster,
  namespace: string,
  wanted: readonly WantedWorkload[],
  { timeoutSeconds, endsAtGate, report }: Wait,
): Promise<readonly WorkloadState[]> {
  const lasts = stopwatches();
  return until<readonly WorkloadState[], WorkloadState>(
    timeoutSeconds,
    async () => {
      const { states, steps } = await look(cluster, namespace, wanted);
      report(states);
      const unready = states.filter(({ state }) => state !== 'ready');
      const [first] = unready;
      if (!first) return { done: states };
      const broken = states.filter(({ name, state }) => lasts(name, state === 'failed') > patienceSeconds);
      if (broken[0]) throw new UserError(await explain(cluster, namespace, broken[0], 'will not get ready'));
      const isGated = unready.every(({ state }) => state === 'waiting-for-migrations');
      return lasts('gate', isGated) > gateSeconds && endsAtGate ? { done: states } : { waits: first, steps };
    },
    (first) => explain(cluster, namespace, first, `is not ready after ${timeoutSeconds} s`),
  );
}

/** Measures how long something has lasted, in seconds, from one call to the next. */
function stopwatches(): (what: string, isSo: boolean) => number {
  const since = new Map<string, number>();
  return (what, isSo) => {
    if (!isSo) since.delete(what);
    else if (!since.has(what)) since.set(what, Date.now());
    return (Date.now() - (since.get(what) ?? Date.now())) / 1000;
  };
}

/** A look that failed says nothing about the workloads; the next one may succeed. */
async function look(
  cluster: Cluster,
  namespace: string,
  wanted: readonly WantedWorkload[],
): Promise<{ states: WorkloadState[]; steps: number }> {
  try {
    const items = await readItems(cluster, namespace);
    const states = wanted.map((workload) =>
      withReason(cluster, namespace, stateOf(workload, items, cluster.context)),
    );
    return { states: await Promise.all(states), steps: stepsDone(items) };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return { states: [{ name: 'the cluster', state: 'progressing', detail: error.shortMessage }], steps: 0 };
  }
}

/**
 * Reports what is not ready yet.
 *
 * @param isInPlace whether a report replaces the previous one; otherwise only changes are reported
 */
export function progressReport(isInPlace: boolean): (states: readonly WorkloadState[]) => string {
  let shown = new Set<string>();
  return (states) => {
    const lines = states
      .filter(({ state }) => state !== 'ready')
      .map(({ name, detail }) => `${name}: ${detail}`);
    const news = isInPlace ? lines : lines.filter((line) => !shown.has(line));
    shown = new Set(lines);
    return news.join('\n');
  };
}
