import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { allEnvironments, type Manifest, manifests } from '../lib/manifests.ts';

/**
 * Fields of a StatefulSet that Kubernetes lets change; it refuses a change of every other one.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
const mutable = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
  'revisionHistoryLimit',
]);

const whatToDo =
  'A running cluster would refuse this. Take it back; or do what docs/volumes.md says, of a size under "Make volumes ' +
  'larger", of all else under "Fields that cannot be changed", on every cluster, and record it in test/charts/immutable.json.';

const none = 'nothing';

type Fields = Readonly<Record<string, unknown>>;

/** By namespace and name of the StatefulSet, what is in running clusters. */
const recorded = JSON.parse(readFileSync(new URL('immutable.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, Fields>>>
>;

function immutable({ spec = {} }: Manifest): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !mutable.has(field)));
}

/** What an environment that is not recorded yet must have: what its kind has, but for the name and the sizes of the volumes. */
function likeItsKind(environment: AnyEnvironment): Readonly<Record<string, Fields>> {
  const recordedOne = allEnvironments.find(
    ({ kind, namespace }) => kind === environment.kind && namespace in recorded,
  );
  if (!recordedOne) throw new Error(`no environment of the kind ${environment.kind} is recorded`);
  const record = Object.entries(recorded[recordedOne.namespace] ?? {}).map(([name, fields]) => {
    const size = environment[name as 'postgres' | 'elasticsearch'].storageGibibytes;
    const text = JSON.stringify(fields)
      .replaceAll(recordedOne.namespace, environment.namespace)
      .replaceAll(/"storage":"\d+Gi"/g, `"storage":"${size}Gi"`);
    return [name, JSON.parse(text)];
  });
  return Object.fromEntries(record);
}

describe.each(allEnvironments)('$namespace', (environment) => {
  const statefulSets = manifests(environment).filter(({ kind }) => kind === 'StatefulSet');

  test('no field of a StatefulSet changes that Kubernetes cannot change, nor its name', () => {
    const now = Object.fromEntries(
      statefulSets.map((statefulSet) => [statefulSet.metadata.name, immutable(statefulSet)]),
    );
    const before = recorded[environment.namespace] ?? likeItsKind(environment);
    const advice = isDeepStrictEqual(now, before) ? none : whatToDo;
    expect({ advice, ...now }).toEqual({ advice: none, ...before });
  });

  test('claims outlive their StatefulSet, a scaling down and a prune by Argo CD', () => {
    for (const { spec } of statefulSets) {
      expect(spec?.persistentVolumeClaimRetentionPolicy ?? retain).toEqual(retain);
      for (const { metadata } of spec?.volumeClaimTemplates ?? [])
        expect(metadata.annotations).toMatchObject(kept);
    }
  });

  test('the namespace, with which the claims would go, outlives a prune and a deletion by Argo CD', () => {
    const [namespace] = manifests(environment).filter(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.annotations).toMatchObject(kept);
  });
});

const kept = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/** Kubernetes' default. */
const retain = { whenDeleted: 'Retain', whenScaled: 'Retain' };
