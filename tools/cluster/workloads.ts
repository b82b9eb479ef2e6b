import type { Cluster } from './cluster.ts';

/** The fields that are read of what `kubectl get` gives. */
interface Meta {
  readonly name: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly name: string }[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
    };
  };
  readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

export interface Pod {
  readonly kind: 'Pod';
  readonly metadata: Meta;
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface Controller<Kind extends string> {
  readonly kind: Kind;
  readonly metadata: Meta;
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly updateRevision?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

type Item = Pod | Controller<'Deployment' | 'StatefulSet' | 'ReplicaSet' | 'Job'>;

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

/** One workload of an environment, as it stands now. */
export interface WorkloadState {
  /** `StatefulSet/postgres` */
  readonly name: string;
  readonly state: 'ready' | 'progressing' | 'waiting-for-migrations' | 'failed';
  /** What it is doing or waiting for, for people. */
  readonly detail: string;
  /** The pod to look into, when it is not ready. */
  readonly pod?: Pod;
}

/** A workload that a folder of manifests asks for. */
export interface WantedWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Job';
  readonly name: string;
}

/** How the wanted workloads stand in the namespace. */
export async function workloadStates(
  cluster: Cluster,
  namespace: string,
  wanted: readonly WantedWorkload[],
): Promise<WorkloadState[]> {
  const kinds = 'deployments,statefulsets,jobs,replicasets,pods';
  const output = await cluster.kubectl(['get', kinds, '--namespace', namespace, '--output', 'json']);
  const { items } = JSON.parse(output) as { items: Item[] };
  return wanted.map((workload) => stateOf(workload, items));
}

function stateOf(wanted: WantedWorkload, items: readonly Item[]): WorkloadState {
  const name = `${wanted.kind}/${wanted.name}`;
  const controller = items.find(
    (item): item is Controller<'Deployment' | 'StatefulSet' | 'Job'> =>
      item.kind === wanted.kind && item.metadata.name === wanted.name,
  );
  if (!controller) return { name, state: 'progressing', detail: 'is not there yet' };
  if (wanted.kind === 'Job') return jobState(name, controller, items);

  const { spec, status, metadata } = controller;
  const replicas = spec.replicas ?? 1;
  const current = currentPods(controller, items);
  const isReady =
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === replicas &&
    status?.readyReplicas === replicas &&
    (wanted.kind === 'StatefulSet' || status?.replicas === replicas);
  if (isReady) return { name, state: 'ready', detail: 'is ready' };

  const refused = status?.conditions?.find((c) => c.type === 'ReplicaFailure' && c.status === 'True');
  if (refused) return { name, state: 'failed', detail: refused.message ?? 'its pods are refused' };
  const unready = current.filter((pod) => !isPodReady(pod));
  return podState(name, unready);
}

function jobState(name: string, job: Controller<string>, items: readonly Item[]): WorkloadState {
  const condition = (type: string) =>
    job.status?.conditions?.find((c) => c.type === type && c.status === 'True');
  if (condition('Complete')) return { name, state: 'ready', detail: 'is complete' };
  const pods = podsOf(job.metadata.name, items);
  const newest = pods
    .toSorted((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
    .at(-1);
  const failed = condition('Failed');
  if (failed)
    return { name, state: 'failed', detail: failed.message ?? 'failed', ...(newest && { pod: newest }) };
  return podState(name, newest ? [newest] : []);
}

function podState(name: string, pods: readonly Pod[]): WorkloadState {
  const [first] = pods;
  if (!first) return { name, state: 'progressing', detail: 'waits for its pods' };
  for (const pod of pods) {
    const broken = statuses(pod).find(isBroken);
    if (broken) return { name, state: 'failed', detail: describe(pod), pod };
  }
  if (pods.every(isGated)) {
    return { name, state: 'waiting-for-migrations', detail: 'waits for the migrations', pod: first };
  }
  return { name, state: 'progressing', detail: describe(first), pod: first };
}

/** Pods of the controller's newest revision; older ones are on their way out. */
function currentPods(controller: Controller<string>, items: readonly Item[]): Pod[] {
  const { kind, metadata, status } = controller;
  if (kind === 'StatefulSet') {
    return podsOf(metadata.name, items).filter(
      (pod) => pod.metadata.labels?.['controller-revision-hash'] === status?.updateRevision,
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

function isOwnedBy(metadata: Meta, owner: string): boolean {
  return metadata.ownerReferences?.some(({ name }) => name === owner) ?? false;
}

function statuses(pod: Pod): ContainerStatus[] {
  return [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
}

function isPodReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function isGated(pod: Pod): boolean {
  return statuses(pod).some(({ name, state }) => name === gate && state.running !== undefined);
}

/** A container that crashed once may only have been early; one that crashed three times is broken. */
function isBroken({ state, restartCount }: ContainerStatus): boolean {
  const reason = state.waiting?.reason;
  if (reason === undefined || !brokenReasons.has(reason)) return false;
  return reason !== 'CrashLoopBackOff' || restartCount >= 3;
}

/** The container that holds the pod up: the first one that has not done its part. */
export function blockingContainer(pod: Pod): ContainerStatus | undefined {
  return (
    (pod.status.initContainerStatuses ?? []).find(({ state }) => state.terminated?.exitCode !== 0) ??
    (pod.status.containerStatuses ?? []).find(({ ready }) => !ready)
  );
}

function describe(pod: Pod): string {
  const scheduled = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `${pod.metadata.name} has no node: ${scheduled.message ?? ''}`;
  const container = blockingContainer(pod);
  if (!container) return `${pod.metadata.name} is ${pod.status.phase.toLowerCase()}`;
  const { waiting, terminated } = container.state;
  if (waiting) {
    const reason = [waiting.reason, waiting.message].filter(Boolean).join(': ');
    return `${pod.metadata.name}, container ${container.name}: ${reason}`;
  }
  if (terminated) {
    return `${pod.metadata.name}, container ${container.name}: ended with ${terminated.exitCode} (${terminated.reason ?? 'no reason given'})`;
  }
  return `${pod.metadata.name}, container ${container.name}: running, not ready yet`;
}
