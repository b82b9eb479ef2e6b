import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { UserError } from '../terminal/user-error.ts';
import { manifestsOf } from './manifests.ts';
import type { Manifest } from './objects.ts';
import { amount } from './quantity.ts';

/** What a pod reserves, or a node has left. */
export interface Resources {
  readonly cpuMillicores: number;
  readonly memoryMebibytes: number;
  readonly pods: number;
}

/** A pod that an environment runs. */
export interface WantedPod {
  /** `postgres-1`; the name of its Job if it runs only for a while. */
  readonly name: string;
  readonly spec: IPodSpec;
  /** Whether it runs all the time; otherwise it is one of a Job. */
  readonly isServer: boolean;
}

/** Every pod that the manifests make; one for each CronJob. */
export function wantedPods(environment: AnyEnvironment): WantedPod[] {
  return manifestsOf(environment).flatMap((manifest): WantedPod[] => {
    const { name } = manifest.metadata;
    const spec = podSpecOf(manifest);
    if (!spec) return [];
    if (manifest.kind !== 'Deployment' && manifest.kind !== 'StatefulSet')
      return [{ name, spec, isServer: false }];
    const count = manifest.spec?.replicas ?? 1;
    return Array.from({ length: count }, (_, index) => ({ name: `${name}-${index}`, spec, isServer: true }));
  });
}

/** The pod of a manifest, with the volumes that its claim templates give it; undefined if it makes none. */
function podSpecOf(manifest: Manifest): IPodSpec | undefined {
  switch (manifest.kind) {
    case 'Deployment':
    case 'Job':
      return manifest.spec?.template.spec;
    case 'CronJob':
      return manifest.spec?.jobTemplate.spec?.template.spec;
    case 'StatefulSet': {
      const { template, volumeClaimTemplates = [] } = manifest.spec ?? {};
      const volumes = volumeClaimTemplates.map(({ metadata }) => ({
        name: `${metadata?.name}`,
        persistentVolumeClaim: { claimName: `${metadata?.name}` },
      }));
      return template?.spec && { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...volumes] };
    }
    default:
      return undefined;
  }
}

/**
 * What the scheduler reserves for a pod: the sum of its containers, or its largest init container if that is more.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
export function requestsOf(pod: IPodSpec): Resources {
  const largest = (key: 'cpu' | 'memory') =>
    most(pod, ({ resources }) => read(resources?.requests?.[key])) + read(pod.overhead?.[key]);
  return { ...resources({ cpu: largest('cpu'), memory: largest('memory') }), pods: 1 };
}

/** The most of something that the containers of a pod have at one time. */
export function most(pod: IPodSpec, amountOf: (container: IContainer) => number): number {
  // An init container that is restarted runs beside the others.
  const isSidecar = (container: object) => 'restartPolicy' in container;
  const inits = pod.initContainers ?? [];
  const beside = [...pod.containers, ...inits.filter(isSidecar)].map(amountOf);
  const before = inits.filter((init) => !isSidecar(init)).map(amountOf);
  return Math.max(
    beside.reduce((total, each) => total + each, 0),
    ...before,
  );
}

/** Quantities of Kubernetes as resources; without `pods` it holds none. */
export function resources(quantities: {
  readonly cpu?: unknown;
  readonly memory?: unknown;
  readonly pods?: unknown;
}): Resources {
  return {
    cpuMillicores: Math.round(read(quantities.cpu) * 1000),
    memoryMebibytes: Math.floor(read(quantities.memory) / 2 ** 20),
    pods: read(quantities.pods),
  };
}

export function sum(all: readonly Resources[]): Resources {
  return all.reduce((a, b) => combine(a, b, 1), { cpuMillicores: 0, memoryMebibytes: 0, pods: 0 });
}

export function minus(a: Resources, b: Resources): Resources {
  return combine(a, b, -1);
}

/** Whether the one has room for the other. */
export function holdsAll(room: Resources, wanted: Resources): boolean {
  return Object.values(minus(room, wanted)).every((left: number) => left >= 0);
}

/** `1.2 cores, 3.5 GiB` */
export function resourcesText({ cpuMillicores, memoryMebibytes }: Resources): string {
  return `${(cpuMillicores / 1000).toFixed(2)} cores, ${(memoryMebibytes / 1024).toFixed(1)} GiB`;
}

function combine(a: Resources, b: Resources, sign: 1 | -1): Resources {
  return {
    cpuMillicores: a.cpuMillicores + sign * b.cpuMillicores,
    memoryMebibytes: a.memoryMebibytes + sign * b.memoryMebibytes,
    pods: a.pods + sign * b.pods,
  };
}

/** @throws UserError for a quantity that is not understood; an absent one is 0 */
export function read(quantity: unknown): number {
  const number = quantity === undefined ? 0 : amount(quantity);
  if (number === undefined) throw new UserError(`a quantity of "${quantity}" is not understood`);
  return number;
}
