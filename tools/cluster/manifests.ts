import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { application } from '../../charts/synthesize.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Manifest } from './objects.ts';
import type { WantedWorkload } from './workloads.ts';

/** Label with the name of the workload that an object belongs to. */
export const nameLabel = 'app.kubernetes.io/name';

/** Synthesis gives the same for the same, and takes a while. */
const synthesized = new WeakMap<AnyEnvironment, readonly Manifest[]>();

/** The objects of an environment, as they stand in its folder of dist/. */
export function manifestsOf(environment: AnyEnvironment): readonly Manifest[] {
  const manifests =
    synthesized.get(environment) ?? application(environment, '').charts.flatMap((chart) => chart.toJson());
  synthesized.set(environment, manifests);
  return manifests;
}

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

/** Whether the name is one that a workload's Job gets from its content; a Job by schedule or by hand has another. */
export function isNamedByContent(workload: string | undefined, job: string): boolean {
  return workload !== undefined && new RegExp(`^${workload}-[0-9a-f]{10}$`).test(job);
}
