import type { AnyEnvironment } from '../../../environments/environment.ts';
import { list } from '../../cluster/cluster.ts';
import { manifestsOf } from '../../cluster/manifests.ts';
import type { ResourceQuota } from '../../cluster/objects.ts';
import { read, requestsOf, sum, wantedPods } from '../../cluster/requests.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';

/**
 * Whether the namespace's quotas admit the whole environment. The namespace belongs to the environment alone, so what is
 * used already does not count.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export async function quota({ cluster, environment, name }: Patient): Promise<Finding> {
  const { namespace } = environment;
  const quotas = await list<ResourceQuota>(cluster, ['resourcequotas', '--namespace', namespace]);
  const needs = needsOf(environment);
  const exceeded = quotas
    // One with scopes counts some pods only.
    .filter(({ spec }) => !spec.scopes && !spec.scopeSelector)
    .flatMap(({ metadata, spec }) =>
      Object.entries(spec.hard ?? {})
        .filter(([key, hard]) => (needs[key] ?? 0) > read(hard))
        .map(
          ([key, hard]) =>
            `${metadata.name} allows ${hard} of ${key}, ${needed(key, needs[key] ?? 0)} are needed`,
        ),
    );
  if (exceeded.length === 0)
    return good(quotas.length === 0 ? 'none in the namespace' : 'the environment fits into it');
  return bad(
    `${exceeded.join('; ')}: pods beyond it are not made`,
    `ask who runs the cluster for more, or write smaller sizes into environments/${name}.ts`,
  );
}

/** What the servers need together, and the largest pod of a Job beside them, by the keys of a quota. */
function needsOf(environment: AnyEnvironment): Readonly<Record<string, number>> {
  const all = wantedPods(environment).map(({ spec, isServer }) => ({ ...requestsOf(spec), isServer }));
  const jobs = all.filter(({ isServer }) => !isServer);
  const atOnce = (key: 'cpuMillicores' | 'memoryMebibytes' | 'pods') =>
    sum(all.filter(({ isServer }) => isServer))[key] + Math.max(0, ...jobs.map((each) => each[key]));
  const cpu = atOnce('cpuMillicores') / 1000;
  const memory = atOnce('memoryMebibytes') * 2 ** 20;
  const claims = manifestsOf(environment).flatMap((manifest) => {
    if (manifest.kind === 'PersistentVolumeClaim') return [manifest];
    if (manifest.kind !== 'StatefulSet') return [];
    const templates = manifest.spec?.volumeClaimTemplates ?? [];
    return Array.from({ length: manifest.spec?.replicas ?? 1 }, () => templates).flat();
  });
  const sizes = claims.map(({ spec }) => read(spec?.resources?.requests?.storage));
  return {
    cpu,
    'requests.cpu': cpu,
    memory,
    'requests.memory': memory,
    // Each container's limit is what it requests.
    'limits.memory': memory,
    pods: atOnce('pods'),
    persistentvolumeclaims: sizes.length,
    'requests.storage': sizes.reduce((total, size) => total + size, 0),
  };
}

function needed(key: string, amount: number): string {
  return /memory|storage/.test(key) ? `${(amount / 2 ** 30).toFixed(1)}Gi` : `${amount}`;
}
