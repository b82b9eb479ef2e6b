import { expect, test } from '@jest/globals';
import { production } from '../../environments/production.ts';
import { manifests, objects, variants } from '../lib/manifests.ts';

test.each(variants)(
  '$namespace refuses pods below the level restricted, and Argo CD leaves it alone',
  (environment) => {
    const [namespace, ...others] = objects(environment, 'Namespace');
    expect(others).toEqual([]);
    expect(namespace?.metadata).toEqual({
      name: environment.namespace,
      labels: {
        'app.kubernetes.io/part-of': 'coped',
        'app.kubernetes.io/managed-by': 'cdk8s',
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
      annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
    });
  },
);

test('where somebody else makes it, every object is in it', () => {
  const environment = { ...production, cluster: { createsNamespace: false } } as const;
  for (const { metadata } of manifests(environment)) expect(metadata.namespace).toBe(production.namespace);
});
