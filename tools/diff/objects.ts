import { dump } from 'js-yaml';
import { nameLabel } from '../cluster/manifests.ts';

/** An object of any kind: a difference reads its other fields without knowing their types. */
export interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
  };
}

/** What two states of an object have in common. */
export function identity({ kind, metadata: { namespace = '', name } }: AnyObject): string {
  return `${kind}/${namespace}/${name}`;
}

/** The workload to which an object belongs; `environment` if it belongs to none, as the namespace does. */
export function workloadOf({ metadata }: AnyObject): string {
  return metadata.labels?.[nameLabel] ?? 'environment';
}

/** The way to the template of the pods that an object of this kind makes; undefined if it makes none. */
export function templatePath(kind: string): readonly string[] | undefined {
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template'];
  return kind === 'Deployment' || kind === 'Job' || kind === 'StatefulSet' ? ['spec', 'template'] : undefined;
}

/** The field that is found by going this way, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** The spec of the pods that an object makes, or undefined. */
export function podOf(object: AnyObject): unknown {
  const path = templatePath(object.kind);
  return path && at(object, ...path, 'spec');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list, or an empty one in place of what is none. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An object as YAML whose keys are in the order of the alphabet, so that the same object gives the same lines. */
export function yaml(object: AnyObject | undefined): string {
  return object === undefined ? '' : dump(object, { noRefs: true, lineWidth: -1, sortKeys: true });
}
