import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type Cluster, get } from './cluster.ts';
import type { WantedWorkload } from './workloads.ts';

interface Meta {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is read of an object in a folder of manifests. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: Meta;
  readonly spec?: {
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly image: string }[] };
    };
  };
}

interface PresentJob {
  readonly metadata: Meta;
  readonly status?: {
    readonly succeeded?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface PresentVolume {
  readonly status?: { readonly phase?: string };
}

const nameLabel = 'app.kubernetes.io/name';

/** The objects of a folder such as dist/, in the order in which kubectl applies them. */
export function readManifests(folder: string): Manifest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')) as Manifest[]);
}

/** What of them has pods to wait for. */
export function workloadsAmong(manifests: readonly Manifest[]): WantedWorkload[] {
  return manifests.flatMap(({ kind, metadata: { name } }) =>
    kind === 'Deployment' || kind === 'StatefulSet' || kind === 'Job' ? [{ kind, name }] : [],
  );
}

/**
 * Removes what an apply cannot mend: Jobs that have failed, which would stay so; Jobs whose content has changed since, so
 * that the old one does not run beside the new one; and a volume of a claim that is gone. None of them holds data.
 */
export async function removeSpent(
  cluster: Cluster,
  namespace: string,
  manifests: readonly Manifest[],
): Promise<void> {
  const jobs = manifests.filter(({ kind }) => kind === 'Job');
  const families = jobs.map(({ metadata }) => metadata.labels?.[nameLabel]);
  const present = await get<{ items: PresentJob[] }>(cluster, ['jobs', '--namespace', namespace]);
  for (const { metadata, status } of present?.items ?? []) {
    const isComplete = (status?.succeeded ?? 0) > 0;
    const isFailed = status?.conditions?.some(
      (condition) => condition.type === 'Failed' && condition.status === 'True',
    );
    const isWanted = jobs.some((job) => job.metadata.name === metadata.name);
    const family = metadata.labels?.[nameLabel];
    // Of what shares the label, as backups by schedule or by hand do, only what an apply makes.
    const isOurs = families.includes(family) && new RegExp(`^${family}-[0-9a-f]{10}$`).test(metadata.name);
    if (isOurs && !isComplete && (isFailed || !isWanted)) {
      await cluster.kubectl(['delete', 'job', metadata.name, '--namespace', namespace]);
    }
  }
  for (const { metadata } of manifests.filter(({ kind }) => kind === 'PersistentVolume')) {
    const volume = await get<PresentVolume>(cluster, ['persistentvolume', metadata.name]);
    if (volume?.status?.phase === 'Released')
      await cluster.kubectl(['delete', 'persistentvolume', metadata.name]);
  }
}

/** A new image under an old reference changes no manifest, so the pods that run it are told to start anew. */
export async function restart(
  cluster: Cluster,
  namespace: string,
  manifests: readonly Manifest[],
  isConcerned: (images: readonly string[]) => boolean,
): Promise<void> {
  for (const { kind, metadata, spec } of manifests) {
    if (kind !== 'Deployment' && kind !== 'StatefulSet') continue;
    const images = (spec?.template?.spec?.containers ?? []).map(({ image }) => image);
    if (isConcerned(images)) {
      await cluster.kubectl(['rollout', 'restart', `${kind}/${metadata.name}`, '--namespace', namespace]);
    }
  }
}
