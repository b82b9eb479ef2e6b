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

/** How each container of a pod stands, in the order in which they run. */
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

/** A container that crashed once may only have been early; one that crashed three times is broken. */
export function isBroken(pod: Pod): boolean {
  return containerStatuses(pod).some(({ state, restartCount }) => {
    const reason = state?.waiting?.reason;
    if (reason === undefined || !brokenReasons.has(reason)) return false;
    return reason !== 'CrashLoopBackOff' || restartCount >= 3;
  });
}

/** The container that holds the pod up: the first one that has not done its part. */
export function blockingContainer(pod: Pod): ContainerStatus | undefined {
  return (
    (pod.status?.initContainerStatuses ?? []).find(({ state }) => state?.terminated?.exitCode !== 0) ??
    (pod.status?.containerStatuses ?? []).find(({ ready }) => !ready)
  );
}

/** What it is doing or waiting for, for people. */
export function describe(pod: Pod): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `${pod.metadata.name} has no node: ${scheduled.message ?? ''}`;
  const container = blockingContainer(pod);
  if (!container) return `${pod.metadata.name} is ${pod.status?.phase?.toLowerCase()}`;
  const { waiting, terminated } = container.state ?? {};
  if (waiting) {
    const reason = [waiting.reason, waiting.message].filter(Boolean).join(': ');
    return `${pod.metadata.name}, container ${container.name}: ${reason}`;
  }
  if (terminated) {
    return `${pod.metadata.name}, container ${container.name}: ended with ${terminated.exitCode} (${terminated.reason ?? 'no reason given'})`;
  }
  return `${pod.metadata.name}, container ${container.name}: running, not ready yet`;
}

/** Names of the pods of a StatefulSet with so many. */
export function podsOf(statefulSet: string, count: number): string[] {
  return Array.from({ length: count }, (_, ordinal) => `${statefulSet}-${ordinal}`);
}

/** The answer of the first pod that gives any; the error of the last one when none does. */
export async function anyOf<T>(pods: readonly string[], ask: (pod: string) => Promise<T>): Promise<T> {
  const [first = '', ...others] = pods;
  try {
    return await ask(first);
  } catch (error) {
    if (others.length === 0 || !(error instanceof ExecaError)) throw error;
    return anyOf(others, ask);
  }
}
