import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { labels, type Workload } from './names.ts';

/** A ServiceAccount of the workload's own, named like it, whose token no pod gets unless it asks. */
export function serviceAccount(scope: Construct, environment: AnyEnvironment, workload: Workload): void {
  new k8s.KubeServiceAccount(scope, `${workload}-service-account`, {
    metadata: { name: workload, labels: labels(environment, workload) },
    automountServiceAccountToken: false,
  });
}
