import { App } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { ManageCommand } from '../environments/contract.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { applicationPod } from './lib/application.ts';
import { ContentNamedJob } from './lib/job.ts';
import { rebuildIndex } from './lib/migrations.ts';
import { WorkloadChart } from './lib/workload-chart.ts';
import { migrate, migrationPod } from './workloads/migrate.ts';
import { workloadsOf } from './workloads.ts';

/** A single Job, as a command applies it. */
export interface SingleJob {
  readonly name: string;
  readonly manifest: object;
}

/** The migration Job, as `npm run migrate` applies it; if it is part of the deployment, the same Job. */
export function migrationJob(environment: AnyEnvironment): SingleJob {
  return job(environment, 'migrate', migrationPod, environment.migrations !== 'job');
}

/** A Job that rebuilds the search index by this command, as `npm run reindex` applies it. */
export function reindexJob(environment: AnyEnvironment, command: ManageCommand): SingleJob {
  const pod = (chart: WorkloadChart) => applicationPod(chart, { containers: [rebuildIndex(chart, command)] });
  return job(environment, 'reindex', pod, true);
}

function job(
  environment: AnyEnvironment,
  name: string,
  pod: (chart: WorkloadChart) => k8s.PodSpec,
  givesUp: boolean,
): SingleJob {
  const chart = new WorkloadChart(new App(), migrate, environment, workloadsOf(environment));
  const made = new ContentNamedJob(chart, 'job', { name, pod: pod(chart), givesUp });
  return { name: made.name, manifest: made.toJson() };
}
