import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Application } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Manifest } from '../lib/manifest-types.ts';
import { allEnvironments, manifests } from '../lib/manifests.ts';
import { application as secondApplication } from '../second-application/application.ts';

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
    const named = JSON.stringify(fields).replaceAll(recordedOne.namespace, environment.namespace);
    const volume = name === 'redis' ? undefined : environment[name as 'postgres' | 'elasticsearch'];
    return [name, volume ? ofSize(JSON.parse(named), volume.storageGibibytes) : JSON.parse(named)];
  });
  return Object.fromEntries(record);
}

function ofSize(fields: Fields, gibibytes: number): Fields {
  const text = JSON.stringify(fields).replaceAll(/"storage":"\d+Gi"/g, `"storage":"${gibibytes}Gi"`);
  return JSON.parse(text);
}

/** What the environment must have. Whether it has Redis with a volume, and of which size, its application says. */
function expected(environment: AnyEnvironment): Readonly<Record<string, Fields>> {
  const { redis: recordOfRedis = {}, ...others } =
    recorded[environment.namespace] ?? likeItsKind(environment);
  const { redis }: Application = environment.application;
  return redis?.storageGibibytes === undefined
    ? others
    : { ...others, redis: ofSize(recordOfRedis, redis.storageGibibytes) };
}

const withRedis = allEnvironments.map((environment) => ({ ...environment, application: secondApplication }));

describe.each([...allEnvironments, ...withRedis])(
  '$namespace, $application.settingsModule',
  (environment) => {
    const statefulSets = manifests(environment).filter(({ kind }) => kind === 'StatefulSet');

    test('no field of a StatefulSet changes that Kubernetes cannot change, nor its name', () => {
      const now = Object.fromEntries(
        statefulSets.map((statefulSet) => [statefulSet.metadata.name, immutable(statefulSet)]),
      );
      const before = expected(environment);
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
  },
);

const kept = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/** Kubernetes' default. */
const retain = { whenDeleted: 'Retain', whenScaled: 'Retain' };
