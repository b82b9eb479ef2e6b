import { describe, expect, test } from '@jest/globals';
import { selector } from '../../../charts/lib/workload.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { objects, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const replicated = () => [...objects(environment, 'Deployment'), ...objects(environment, 'StatefulSet')];

  test('a drain takes one of several pods at a time, and an only pod without asking', () => {
    const budgets = objects(environment, 'PodDisruptionBudget').map(({ metadata, spec }) => [
      metadata.name,
      spec,
    ]);
    const several = replicated().filter(({ spec }) => (spec?.replicas ?? 0) > 1);
    expect(Object.fromEntries(budgets)).toEqual(
      Object.fromEntries(
        several.map(({ kind, metadata, spec }) => [
          metadata.name,
          {
            maxUnavailable: 1,
            selector: spec?.selector,
            // A site whose database is down must not block the drain of a node; a copy of the data must.
            unhealthyPodEvictionPolicy: kind === 'Deployment' ? 'AlwaysAllow' : 'IfHealthyBudget',
          },
        ]),
      ),
    );
  });

  test('several pods keep apart, by node and by zone, where they can, and start where they cannot', () => {
    for (const { metadata, spec } of replicated()) {
      const workload = workloadsOf(environment).find(({ name }) => name === metadata.name);
      const apart = (topologyKey: string, weight: number) => ({
        weight,
        podAffinityTerm: {
          topologyKey,
          labelSelector: { matchLabels: workload && selector(environment, workload) },
        },
      });
      const preferred = [apart('kubernetes.io/hostname', 100), apart('topology.kubernetes.io/zone', 50)];
      expect([metadata.name, spec?.template?.spec?.affinity]).toEqual([
        metadata.name,
        spec?.replicas === 1
          ? undefined
          : { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } },
      ]);
    }
  });
});
