import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { appOf } from '../../charts/synthesize.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Manifest } from './objects.ts';
import type { WantedWorkload } from './workloads.ts';

/** Label with the name of an object's workload. */
export const nameLabel = 'app.kubernetes.io/name';

/** Every kind of object that the charts make in a namespace of any cluster, so that one is found which dist/ no longer has. */
export const namespacedKinds = [
  'ConfigMap',
  'CronJob',
  'Deployment',
  'Ingress',
  'Job',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'Role',
  'RoleBinding',
  'Service',
  'ServiceAccount',
  'StatefulSet',
] as const;

/** Labels of all that the charts make there, but for what belongs to no workload. */
export const madeByCharts = { 'app.kubernetes.io/part-of': 'coped', 'app.kubernetes.io/managed-by': 'cdk8s' };

/** Cached: synthesis takes a while, and always gives the same result. */
const synthesized = new WeakMap<AnyEnvironment, readonly Manifest[]>();

/** The objects of an environment, as its folder of dist/ contains them. */
export function manifestsOf(environment: AnyEnvironment): readonly Manifest[] {
  const manifests =
    synthesized.get(environment) ?? appOf(environment, '').charts.flatMap((chart) => chart.toJson());
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

/** Those of them that have pods to wait for. */
export function workloadsAmong(manifests: readonly Manifest[]): WantedWorkload[] {
  return manifests.flatMap(({ kind, metadata: { name } }) =>
    kind === 'Deployment' || kind === 'StatefulSet' || kind === 'Job' ? [{ kind, name }] : [],
  );
}

/** Whether the name of a Job or a ConfigMap comes from its content. A scheduled or manual Job has another name. */
export function isNamedByContent(workload: string | undefined, name: string): boolean {
  return workload !== undefined && new RegExp(`^${workload}-[0-9a-f]{10}$`).test(name);
}
