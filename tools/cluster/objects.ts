import type { IDaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IEndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import type { IIngressClass } from 'kubernetes-models/networking.k8s.io/v1/IngressClass';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IStorageClass } from 'kubernetes-models/storage.k8s.io/v1/StorageClass';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainerStatus } from 'kubernetes-models/v1/ContainerStatus';
import type { ILimitRange } from 'kubernetes-models/v1/LimitRange';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { INode } from 'kubernetes-models/v1/Node';
import type { IPersistentVolume } from 'kubernetes-models/v1/PersistentVolume';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { IResourceQuota } from 'kubernetes-models/v1/ResourceQuota';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';

/** Fields that the API server sets in every object, although its schema does not require them. */
interface SetByServer {
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string };
}

/** An object of a folder of manifests, in which the server has not set anything. */
export type Manifest = (
  | ICronJob
  | IDeployment
  | IJob
  | INamespace
  | INetworkPolicy
  | IPersistentVolume
  | IPersistentVolumeClaim
  | IService
  | IStatefulSet
) & { readonly metadata: { readonly name: string } };

type Present<T extends { spec?: unknown }> = T & SetByServer & Required<Pick<T, 'spec'>>;

export type ConfigMap = IConfigMap & SetByServer;
export type CronJob = Present<ICronJob>;
export type DaemonSet = Present<IDaemonSet>;
export type Deployment = Present<IDeployment>;
/** Its lists are null when they are empty. */
export type EndpointSlice = SetByServer & {
  readonly endpoints: IEndpointSlice['endpoints'] | null;
  readonly ports: Required<IEndpointSlice>['ports'] | null;
};
export type IngressClass = IIngressClass & SetByServer;
export type Job = Present<IJob>;
export type LimitRange = Present<ILimitRange>;
export type Namespace = INamespace & SetByServer;
export type Node = INode & SetByServer;
export type PersistentVolume = Present<IPersistentVolume> & {
  readonly spec: { readonly persistentVolumeReclaimPolicy: 'Delete' | 'Recycle' | 'Retain' };
};
export type PersistentVolumeClaim = Present<IPersistentVolumeClaim>;
export type Pod = Present<IPod>;
export type ReplicaSet = Present<IReplicaSet>;
export type ResourceQuota = Present<IResourceQuota>;
export type Secret = ISecret & SetByServer;
export type Service = Present<IService>;
export type StatefulSet = Present<IStatefulSet>;
export type StorageClass = IStorageClass & SetByServer;

export type ContainerStatus = IContainerStatus;

/** Whether a condition is true, such as `Ready` of a pod or `Failed` of a Job. */
export function holds(
  type: string,
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
