import { type Cluster, list } from './cluster.ts';
import { type Deployment, holds, type Job, type Pod, type ReplicaSet, type StatefulSet } from './objects.ts';
import { containerStatuses, describe, isBroken, isGated, isPodReady } from './pods.ts';

export type Item = Deployment | Job | Pod | ReplicaSet | StatefulSet;

/** The present state of a workload. */
export interface WorkloadState {
  /** `StatefulSet/postgres` */
  readonly name: string;
  readonly state: 'ready' | 'progressing' | 'waiting-for-migrations' | 'failed';
  /** What it is doing or waiting for, for people. */
  readonly detail: string;
  /** The pod to look into, when it is not ready. */
  readonly pod?: Pod;
}

/** A workload that a folder of manifests contains. */
export interface WantedWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Job';
  readonly name: string;
}

/** What runs in a namespace. */
export function readItems(cluster: Cluster, namespace: string): Promise<readonly Item[]> {
  return list(cluster, ['deployments,statefulsets,jobs,replicasets,pods', '--namespace', namespace]);
}

/** How many containers are ready or have succeeded. It grows as long as a start makes progress. */
export function stepsDone(items: readonly Item[]): number {
  return items
    .flatMap((item) => (item.kind === 'Pod' ? containerStatuses(item) : []))
    .filter(({ ready, state }) => ready || state?.terminated?.exitCode === 0).length;
}

/**
 * The state of a workload, from what runs in its namespace.
 *
 * @param context of the cluster, for commands in the text
 */
export function stateOf(wanted: WantedWorkload, items: readonly Item[], context: string): WorkloadState {
  const name = `${wanted.kind}/${wanted.name}`;
  const controller = items.find(
    (item): item is Deployment | Job | StatefulSet =>
      item.kind === wanted.kind && item.metadata.name === wanted.name,
  );
  if (!controller) return { name, state: 'progressing', detail: 'is not there yet' };
  if (controller.kind === 'Job') return jobState(name, controller, items, context);

  const { spec, status, metadata } = controller;
  const replicas = spec.replicas ?? 1;
  const isReady =
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === replicas &&
    status?.readyReplicas === replicas &&
    (wanted.kind === 'StatefulSet' || status?.replicas === replicas);
  if (isReady) return { name, state: 'ready', detail: 'is ready' };

  const refused = status?.conditions?.find((c) => c.type === 'ReplicaFailure' && c.status === 'True');
  if (refused) return { name, state: 'failed', detail: refused.message ?? 'its pods are refused' };
  return podState(
    name,
    currentPods(controller, items).filter((pod) => !isPodReady(pod)),
    context,
  );
}

function jobState(name: string, job: Job, items: readonly Item[], context: string): WorkloadState {
  const conditions = job.status?.conditions;
  if (holds('Complete', conditions)) return { name, state: 'ready', detail: 'is complete' };
  const pods = podsOf(job.metadata.name, items);
  const newest = pods
    .toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
    .at(-1);
  const failed = conditions?.find((c) => c.type === 'Failed' && c.status === 'True');
  if (failed)
    return { name, state: 'failed', detail: failed.message ?? 'failed', ...(newest && { pod: newest }) };
  return podState(name, newest ? [newest] : [], context);
}

function podState(name: string, pods: readonly Pod[], context: string): WorkloadState {
  const [first] = pods;
  if (!first) return { name, state: 'progressing', detail: 'waits for its pods' };
  for (const pod of pods) {
    if (isBroken(pod)) return { name, state: 'failed', detail: describe(pod, context), pod };
  }
  if (pods.every(isGated)) {
    return { name, state: 'waiting-for-migrations', detail: 'waits for the migrations', pod: first };
  }
  return { name, state: 'progressing', detail: describe(first, context), pod: first };
}

/** Pods of the controller's newest revision; older ones are ending. */
function currentPods(controller: Deployment | StatefulSet, items: readonly Item[]): Pod[] {
  const { metadata } = controller;
  if (controller.kind === 'StatefulSet') {
    return podsOf(metadata.name, items).filter(
      (pod) => pod.metadata.labels?.['controller-revision-hash'] === controller.status?.updateRevision,
    );
  }
  const revision = 'deployment.kubernetes.io/revision';
  const replicaSet = items.find(
    (item) =>
      item.kind === 'ReplicaSet' &&
      isOwnedBy(item.metadata, metadata.name) &&
      item.metadata.annotations?.[revision] === metadata.annotations?.[revision],
  );
  return replicaSet ? podsOf(replicaSet.metadata.name, items) : [];
}

function podsOf(owner: string, items: readonly Item[]): Pod[] {
  return items.filter(
    (item): item is Pod =>
      item.kind === 'Pod' && isOwnedBy(item.metadata, owner) && item.metadata.deletionTimestamp === undefined,
  );
}

function isOwnedBy({ ownerReferences }: Item['metadata'], owner: string): boolean {
  return ownerReferences?.some(({ name }) => name === owner) ?? false;
}
