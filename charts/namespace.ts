import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clusterOf } from '../environments/cluster.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { keptByArgoCd } from './lib/names.ts';

/**
 * The environment's namespace, unless somebody else makes it. Kubernetes refuses any pod in it that does not meet the `restricted` level.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export function namespace(scope: Construct, environment: AnyEnvironment): void {
  if (!clusterOf(environment).createsNamespace) return;
  const chart = new Chart(scope, '00-namespace');
  new k8s.KubeNamespace(chart, 'namespace', {
    metadata: {
      name: environment.namespace,
      labels: {
        'app.kubernetes.io/part-of': 'coped',
        'app.kubernetes.io/managed-by': 'cdk8s',
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
      // Claims, and Secrets that were created in the cluster, are deleted with their namespace.
      annotations: keptByArgoCd,
    },
  });
}
