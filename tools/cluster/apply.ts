import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, get, list } from './cluster.ts';
import { isNamedByContent, manifestsOf, nameLabel } from './manifests.ts';
import type { Job, Manifest, PersistentVolume, Service } from './objects.ts';

/** Makes the environment's namespace, as its manifests have it; nothing if somebody else makes it. */
export async function applyNamespace(cluster: Cluster, environment: AnyEnvironment): Promise<void> {
  const namespace = manifestsOf(environment).find(({ kind }) => kind === 'Namespace');
  if (namespace) await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(namespace) });
}

/**
 * Deletes what an apply cannot correct: unfinished Jobs whose content has changed, so that the old one does not run
 * beside the new one, a volume whose claim is gone, and a Service that is no longer wanted, whose NodePort is. None of
 * them holds data.
 */
export async function removeSpent(
  cluster: Cluster,
  namespace: string,
  manifests: readonly Manifest[],
): Promise<void> {
  const jobs = manifests.filter(({ kind }) => kind === 'Job');
  for (const { metadata, status } of await list<Job>(cluster, ['jobs', '--namespace', namespace])) {
    const workload = metadata.labels?.[nameLabel];
    const isOurs =
      isNamedByContent(workload, metadata.name) &&
      jobs.some((job) => job.metadata.labels?.[nameLabel] === workload);
    const isWanted = jobs.some((job) => job.metadata.name === metadata.name);
    const isComplete = (status?.succeeded ?? 0) > 0;
    if (isOurs && !isWanted && !isComplete)
      await cluster.kubectl(['delete', 'job', metadata.name, '--namespace', namespace]);
  }
  const services = manifests.filter((manifest) => manifest.kind === 'Service');
  const wantedPorts = services.flatMap(nodePorts);
  for (const service of await list<Service>(cluster, ['services', '--namespace', namespace])) {
    const { name } = service.metadata;
    const isWanted = services.some(({ metadata }) => metadata.name === name);
    if (!isWanted && nodePorts(service).some((port) => wantedPorts.includes(port)))
      await cluster.kubectl(['delete', 'service', name, '--namespace', namespace]);
  }
  for (const { metadata } of manifests.filter(({ kind }) => kind === 'PersistentVolume')) {
    const volume = await get<PersistentVolume>(cluster, ['persistentvolume', metadata.name]);
    if (volume?.status?.phase === 'Released')
      await cluster.kubectl(['delete', 'persistentvolume', metadata.name]);
  }
}

function nodePorts({ spec }: { readonly spec?: NonNullable<Service['spec']> }): number[] {
  return (spec?.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []);
}

/** A new image under an old reference changes no manifest, so the pods that use it are restarted. */
export async function restart(
  cluster: Cluster,
  namespace: string,
  manifests: readonly Manifest[],
  isConcerned: (images: readonly string[]) => boolean,
): Promise<void> {
  for (const manifest of manifests) {
    if (manifest.kind !== 'Deployment' && manifest.kind !== 'StatefulSet') continue;
    const { kind, metadata, spec } = manifest;
    const pod = spec?.template.spec;
    const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
    if (isConcerned(containers.flatMap(({ image }) => image ?? [])))
      await cluster.kubectl(['rollout', 'restart', `${kind}/${metadata.name}`, '--namespace', namespace]);
  }
}
