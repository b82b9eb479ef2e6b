import { k8s } from 'cdk8s-plus-27';
import { clusterOf, type KnownCluster } from '../../environments/cluster.ts';
import type { AnyEnvironment, Size } from '../../environments/environment.ts';
import type { Workload } from './workload.ts';

/**
 * A container's share of its node's disk: logs, and volumes that end with the pod. A node whose disk is full evicts first
 * the pods that use more than they request. A pod that exceeds its limit is evicted even from an empty disk, so the limit
 * leaves room for more logs than any node keeps.
 *
 * @see https://kubernetes.io/docs/concepts/storage/ephemeral-storage/#local-ephemeral-storage-limits-and-requests
 */
const disk = {
  request: { 'ephemeral-storage': k8s.Quantity.fromString('64Mi') },
  limit: { 'ephemeral-storage': k8s.Quantity.fromString('2Gi') },
};

export interface HardenedContainer
  extends Pick<
    k8s.Container,
    | 'name'
    | 'image'
    | 'command'
    | 'args'
    | 'env'
    | 'ports'
    | 'volumeMounts'
    | 'startupProbe'
    | 'livenessProbe'
    | 'readinessProbe'
    | 'lifecycle'
    | 'terminationMessagePolicy'
  > {
  readonly size: Size;
}

export interface HardenedPodProps extends Pick<k8s.PodSpec, 'volumes' | 'terminationGracePeriodSeconds'> {
  readonly initContainers?: readonly HardenedContainer[];
  readonly containers: readonly HardenedContainer[];
  /**
   * Primary group of the processes, if the image needs another one.
   * @default the user's own
   */
  readonly runAsGroup?: number;
  /**
   * Size of /tmp, in MiB.
   * @default 256
   */
  readonly tmpMebibytes?: number | undefined;
}

/** Whose pod it is, and where it runs; a chart of a workload says both. */
interface Owner {
  readonly workload: Pick<Workload, 'name' | 'mayDo'>;
  readonly environment: Pick<AnyEnvironment, 'cluster'>;
}

/**
 * The only way to make a pod here. It meets the `restricted` level, and has a read-only root file system, a writable
 * /tmp and the workload's own ServiceAccount. It has a token only if that account may do something, and no environment
 * variables of other Services.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function hardenedPod({ workload, environment }: Owner, props: HardenedPodProps): k8s.PodSpec {
  const cluster = clusterOf(environment);
  const { userId } = cluster;
  const container = (each: HardenedContainer) => hardened(each, cluster);
  return {
    serviceAccountName: workload.name,
    automountServiceAccountToken: workload.mayDo !== undefined,
    enableServiceLinks: false,
    ...(props.terminationGracePeriodSeconds !== undefined && {
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds,
    }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: props.runAsGroup ?? userId,
      fsGroup: userId,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(props.initContainers && { initContainers: props.initContainers.map(container) }),
    containers: props.containers.map(container),
    volumes: [emptyFolder('tmp', props.tmpMebibytes ?? 256), ...(props.volumes ?? [])],
  };
}

function hardened(
  { size, volumeMounts, ...container }: HardenedContainer,
  { cpuLimitMillicores: most }: KnownCluster,
): k8s.Container {
  const memory = k8s.Quantity.fromString(`${size.memoryMebibytes}Mi`);
  const cpu = (millicores: number) => k8s.Quantity.fromString(`${millicores}m`);
  return {
    ...container,
    imagePullPolicy: 'IfNotPresent',
    resources: {
      requests: { cpu: cpu(size.cpuMillicores), memory, ...disk.request },
      limits: {
        ...(most !== undefined && { cpu: cpu(Math.max(most, size.cpuMillicores)) }),
        memory,
        ...disk.limit,
      },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...(volumeMounts ?? [])],
  };
}

/**
 * Says which volumes of a server's pod hold nothing that anybody needs once the pod is gone: all that are on the disk of
 * its node. Otherwise the cluster autoscaler keeps the node for them. It still asks the disruption budget. A Job has no such
 * annotation, so a node is kept until a backup or a migration ends.
 *
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node
 */
export function safeToEvict({ volumes = [] }: k8s.PodSpec): Readonly<Record<string, string>> {
  const names = volumes.flatMap(({ name, emptyDir }) =>
    emptyDir && emptyDir.medium !== 'Memory' ? name : [],
  );
  return { 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': names.join(',') };
}

/** A volume that is empty at first, and is lost with the pod. */
export function emptyFolder(name: string, mebibytes: number): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString(`${mebibytes}Mi`) } };
}

/** A volume in memory, which counts towards the memory of the container that writes to it. */
export function inMemory(name: string, mebibytes: number): k8s.Volume {
  return { name, emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString(`${mebibytes}Mi`) } };
}
