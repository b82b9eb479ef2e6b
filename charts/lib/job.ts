import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { contentHash, labels, type Workload } from './names.ts';

/**
 * A Job whose name ends in a hash of what it would do: applied again it is the same object, which does nothing;
 * changed, it is a new one, which runs. It is kept when it has finished, or the next apply would run it again.
 *
 * A pod that fails stays, with its log, and another one tries again, three times.
 *
 * @param name what the Job's name begins with; by default the workload
 */
export function contentNamedJob(
  scope: Construct,
  environment: AnyEnvironment,
  workload: Workload,
  pod: k8s.PodSpec,
  name: string = workload,
): k8s.KubeJob {
  const metadata = { labels: labels(environment, workload) };
  const spec: k8s.JobSpec = {
    backoffLimit: 3,
    template: { metadata, spec: { ...pod, restartPolicy: 'Never' } },
  };
  return new k8s.KubeJob(scope, name, {
    metadata: { ...metadata, name: `${name}-${contentHash(spec)}` },
    spec,
  });
}
