import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type Cluster, get, list } from './cluster.ts';
import { holds, type Job, type Manifest, type PersistentVolume } from './objects.ts';
import type { WantedWorkload } from './workloads.ts';

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
  for (const { metadata, status } of await list<Job>(cluster, ['jobs', '--namespace', namespace])) {
    const isComplete = (status?.succeeded ?? 0) > 0;
    const isFailed = holds('Failed', status?.conditions);
    const isWanted = jobs.some((job) => job.metadata.name === metadata.name);
    const family = metadata.labels?.[nameLabel];
    // Of what shares the label, as backups by schedule or by hand do, only what an apply makes.
    const isOurs = families.includes(family) && new RegExp(`^${family}-[0-9a-f]{10}$`).test(metadata.name);
    if (isOurs && !isComplete && (isFailed || !isWanted)) {
      await cluster.kubectl(['delete', 'job', metadata.name, '--namespace', namespace]);
    }
  }
  for (const { metadata } of manifests.filter(({ kind }) => kind === 'PersistentVolume')) {
    const volume = await get<PersistentVolume>(cluster, ['persistentvolume', metadata.name]);
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
  for (const manifest of manifests) {
    if (manifest.kind !== 'Deployment' && manifest.kind !== 'StatefulSet') continue;
    const { kind, metadata, spec } = manifest;
    const images = (spec?.template.spec?.containers ?? []).flatMap(({ image }) => image ?? []);
    if (isConcerned(images)) {
      await cluster.kubectl(['rollout', 'restart', `${kind}/${metadata.name}`, '--namespace', namespace]);
    }
  }
}
