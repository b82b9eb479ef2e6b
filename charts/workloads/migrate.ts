import { App } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import {
  applicationConnections,
  applicationPod,
  migrate as migrateContainer,
  rebuildIndex,
  waitForPostgres,
} from '../lib/application.ts';
import { ContentNamedJob } from '../lib/job.ts';
import { type Workload, WorkloadChart } from '../lib/workload.ts';

/**
 * Migrations of the schema and the search index. The Job is part of a deployment (staging), or is made by a command. The web
 * pods of a new version wait for it, those of the old one go on serving.
 */
export const migrate: Workload<'migrate'> = {
  name: 'migrate',
  description: 'Job: `migrate`, then `rebuild_index`',
  order: 40,
  tier: 'web',
  ports: {},
  opens: applicationConnections,
  objects: (chart) => {
    if (chart.environment.migrations === 'job')
      new ContentNamedJob(chart, 'job', { pod: migrationPod(chart.environment) });
  },
};

function migrationPod(environment: AnyEnvironment): k8s.PodSpec {
  return applicationPod(migrate, environment, {
    initContainers: [waitForPostgres(environment), migrateContainer(environment)],
    containers: [rebuildIndex(environment)],
  });
}

/** A Job by itself, as a command applies it. */
export interface SingleJob {
  readonly name: string;
  readonly manifest: object;
}

/** The migration Job by itself, as `npm run migrate` applies it. */
export function migrationJob(environment: AnyEnvironment): SingleJob {
  return single(environment, 'migrate', migrationPod(environment));
}

/** A Job that does what a migration does to the search index, as `npm run reindex` applies it. */
export function reindexJob(environment: AnyEnvironment, options: { readonly forced: boolean }): SingleJob {
  const containers = [rebuildIndex(environment, options)];
  return single(environment, 'reindex', applicationPod(migrate, environment, { containers }));
}

function single(environment: AnyEnvironment, name: string, pod: k8s.PodSpec): SingleJob {
  const chart = new WorkloadChart(new App(), migrate, environment, [migrate]);
  // Where the Job is part of the deployment, the command follows that one.
  const endsInFailure = environment.migrations !== 'job';
  const job = new ContentNamedJob(chart, 'job', { name, pod, endsInFailure });
  return { name: job.name, manifest: job.toJson() };
}
