import { leftovers, leftoverWords } from '../cluster/leftovers.ts';
import { manifestsOf, nameLabel } from '../cluster/manifests.ts';
import type { Probe } from './before/probe.ts';
import { type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/**
 * Whether a deployment leaves something of an earlier version there, even a Job that would run beside the new one. What this
 * run tries the store with does not count, and what one has left that was killed does.
 */
export async function leftoversBefore(
  { cluster, environment }: Patient,
  { namespace }: Pick<Probe, 'namespace'>,
): Promise<Finding> {
  const all = await leftovers(cluster, environment, manifestsOf(environment));
  const left = all.filter(({ metadata: { name } }) => !name.startsWith(`${namespace}-`));
  return finding(leftoverWords(cluster, environment.namespace, left));
}

/**
 * Whether something of an earlier version is still there. Jobs of a workload that is wanted are left to its own check: on
 * the local cluster they have other names.
 */
export async function leftoversSince({ cluster, environment }: Patient): Promise<Finding> {
  const manifests = manifestsOf(environment);
  const workloads = new Set(manifests.map(({ metadata }) => metadata.labels?.[nameLabel]));
  const left = await leftovers(cluster, environment, manifests);
  const unwanted = left.filter(
    ({ kind, metadata }) => kind !== 'Job' || !workloads.has(metadata.labels?.[nameLabel]),
  );
  return finding(leftoverWords(cluster, environment.namespace, unwanted));
}

function finding(words: ReturnType<typeof leftoverWords>): Finding {
  return words === undefined
    ? good('nothing in the cluster is left over from an earlier version')
    : warning(words.detail, words.remedy);
}
