import { ExecaError } from 'execa';
import { type ContainerStatus, holds, type Pod } from './objects.ts';

/** The init container of a web pod that waits for `npm run migrate`. */
const gate = 'wait-for-migrations';

/** Why a container will not start by itself soon. */
const brokenReasons = new Set([
  'CrashLoopBackOff',
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RunContainerError',
  'CreateContainerConfigError',
  'CreateContainerError',
]);

/** The state of each container of a pod, in the order in which they run. */
export function containerStatuses(pod: Pod): ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

/** Whether it serves. */
export function isPodReady(pod: Pod): boolean {
  return holds('Ready', pod.status?.conditions);
}

/** Whether it waits for `npm run migrate`. */
export function isGated(pod: Pod): boolean {
  return containerStatuses(pod).some(({ name, state }) => name === gate && state?.running !== undefined);
}

/** How often a container may crash, or be killed because it does not start, before it counts as broken. */
const mostRestarts = { crashed: 2, slow: 5 };

/** Whether it will not become ready by itself soon. After one or two crashes, it may only have started too early. */
export function isBroken(pod: Pod): boolean {
  return containerStatuses(pod).some((container) => {
    const reason = container.state?.waiting?.reason;
    if (reason === undefined || !brokenReasons.has(reason)) return false;
    if (reason !== 'CrashLoopBackOff') return true;
    return container.restartCount > (wasKilled(container) ? mostRestarts.slow : mostRestarts.crashed);
  });
}

/** A start that takes longer than this is slow, in seconds. */
const slowSeconds = 30;

/**
 * Whether the kubelet ended it because its startup probe failed for too long: with SIGTERM, or SIGKILL after that.
 */
function wasKilled({ lastState }: ContainerStatus): boolean {
  const { exitCode, reason, startedAt = '', finishedAt = '' } = lastState?.terminated ?? {};
  const bySignal = (exitCode === 143 || exitCode === 137) && reason !== 'OOMKilled';
  return bySignal && Date.parse(finishedAt) - Date.parse(startedAt) >= slowSeconds * 1000;
}

/**
 * How long the container for which the pod waits has been starting, rounded to half minutes; undefined if that is not
 * long, or if its startup probe has succeeded.
 */
export function slowStart(pod: Pod): number | undefined {
  const container = blockingContainer(pod);
  const { startedAt } = container?.state?.running ?? {};
  // An init container has to end, not to start.
  const isServer = container && pod.status?.containerStatuses?.includes(container);
  if (!isServer || container.started || startedAt === undefined) return undefined;
  const seconds = Math.floor((Date.now() - Date.parse(startedAt)) / 1000 / slowSeconds) * slowSeconds;
  return seconds >= slowSeconds || wasKilled(container) ? Math.max(0, seconds) : undefined;
}

/** The container for which the pod waits: the first one that is not done. */
export function blockingContainer(pod: Pod): ContainerStatus | undefined {
  return (
    (pod.status?.initContainerStatuses ?? []).find(({ state }) => state?.terminated?.exitCode !== 0) ??
    (pod.status?.containerStatuses ?? []).find(({ ready }) => !ready)
  );
}

/**
 * What it is doing or waiting for, for people.
 *
 * @param context of its cluster, for a command in the text
 */
export function describe(pod: Pod, context: string): string {
  const { name } = pod.metadata;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return `${name} has no node: ${unschedulable(scheduled.message ?? '', context)}`;
  const container = blockingContainer(pod);
  if (!container) return `${name} is ${pod.status?.phase?.toLowerCase()}`;
  return `${name}, container ${container.name}: ${describeContainer(container, slowStart(pod))}`;
}

function unschedulable(message: string, context: string): string {
  const [, resource] = /Insufficient (cpu|memory)/.exec(message) ?? [];
  return resource === undefined
    ? message
    : `${message} free some ${resource}: stop another environment (on a local cluster: npm run down -- ENV --context ${context}), or add to the nodes`;
}

function describeContainer(container: ContainerStatus, slowSeconds: number | undefined): string {
  const { waiting, terminated } = container.state ?? {};
  if (waiting?.reason === 'ContainerCreating') return 'waits for its image, its volumes and their Secrets';
  if (waiting) return [waiting.reason, waiting.message, lastWords(container)].filter(Boolean).join(': ');
  if (terminated) {
    const how = `ended with ${terminated.exitCode} (${terminated.reason ?? 'no reason given'})`;
    return [how, lastWords(container)].filter(Boolean).join(': ');
  }
  if (slowSeconds === undefined) return 'running, not ready yet';
  const kills = wasKilled(container) ? `; killed ${container.restartCount} times before it had started` : '';
  return `is slow to start (${slowSeconds} s so far${kills})`;
}

/** The last line that a container said before it failed, if it leaves that in the status of its pod. */
function lastWords({ state, lastState }: ContainerStatus): string | undefined {
  return (state?.terminated ?? lastState?.terminated)?.message?.trim().split('\n').at(-1);
}

/** Names of the pods of a StatefulSet with that many replicas. */
export function podsOf(statefulSet: string, count: number): string[] {
  return Array.from({ length: count }, (_, ordinal) => `${statefulSet}-${ordinal}`);
}

/** The answer of the first pod that answers; the error of the last one if none does. */
export async function anyOf<T>(pods: readonly string[], ask: (pod: string) => Promise<T>): Promise<T> {
  const [first = '', ...others] = pods;
  try {
    return await ask(first);
  } catch (error) {
    if (others.length === 0 || !(error instanceof ExecaError)) throw error;
    return anyOf(others, ask);
  }
}
