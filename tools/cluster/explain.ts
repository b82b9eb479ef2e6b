import { ExecaError } from 'execa';
import type { Cluster } from './cluster.ts';
import type { Pod } from './objects.ts';
import { blockingContainer, slowStart } from './pods.ts';
import type { WorkloadState } from './workloads.ts';

/** Why a workload is not ready, according to its pod's events and log, and where to look further. */
export async function explain(
  cluster: Cluster,
  namespace: string,
  { name, detail, pod }: WorkloadState,
  verdict: string,
): Promise<string> {
  const first = `${name} in ${namespace} ${verdict}: ${detail}`;
  if (!pod) return first;
  // The log of a slow container says how far it is; its events only repeat that it is slow.
  const isSlow = slowStart(pod) !== undefined;
  return [
    first,
    ...(isSlow
      ? ['it goes on by itself: give the same command again, or wait longer with --timeout SECONDS']
      : ['its last events:', ...indent(await eventsOf(cluster, namespace, pod), 5)]),
    ...(await logOf(cluster, namespace, pod)),
    `look further with: kubectl --context ${cluster.context} --namespace ${namespace} describe pod ${pod.metadata.name}`,
  ].join('\n');
}

function eventsOf(cluster: Cluster, namespace: string, pod: Pod): Promise<string> {
  const which = ['--namespace', namespace, '--field-selector', `involvedObject.name=${pod.metadata.name}`];
  const columns = 'custom-columns=REASON:.reason,MESSAGE:.message';
  const how = ['--sort-by', '.lastTimestamp', '--output', columns, '--no-headers'];
  return kubectlOrReason(cluster, ['get', 'events', ...which, ...how]);
}

/** The last lines of the container for which the pod waits, if it has run. */
async function logOf(cluster: Cluster, namespace: string, pod: Pod): Promise<string[]> {
  const container = blockingContainer(pod);
  if (!container || (container.state?.waiting && container.restartCount === 0)) return [];
  const which = ['--namespace', namespace, pod.metadata.name, '--container', container.name];
  const previous = container.state?.waiting ? ['--previous'] : [];
  const log = await kubectlOrReason(cluster, ['logs', ...which, '--tail', '10', ...previous]);
  return [`the last lines of the log of ${container.name}:`, ...indent(log, 10)];
}

/** The output of a command, or its error: an explanation must not fail itself. */
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
    .map((line) => `    ${plain(line).slice(0, 200)}`);
}

/**
 * A line of a log as a sentence, because Elasticsearch logs JSON objects.
 *
 * @see https://www.elastic.co/guide/en/ecs-logging/overview/current/intro.html
 */
export function plain(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { 'log.level': level, message, 'error.message': error } = JSON.parse(line);
    if (typeof message !== 'string') return line;
    return [level, message, error].filter((part) => typeof part === 'string').join(': ');
  } catch (error) {
    // Only a line that begins as one.
    if (!(error instanceof SyntaxError)) throw error;
    return line;
  }
}
