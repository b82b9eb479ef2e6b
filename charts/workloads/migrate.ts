import type { k8s } from 'cdk8s-plus-27';
import {
  applicationConnections,
  applicationPod,
  migrate as migrateContainer,
  rebuildIndex,
  waitForPostgres,
} from '../lib/application.ts';
import { ContentNamedJob } from '../lib/job.ts';
import type { Workload, WorkloadChart } from '../lib/workload.ts';

/**
 * Migrations of the schema and the search index. The Job is part of a deployment (staging), or a command creates it.
 * The web pods of a new version wait for it, while those of the old version go on serving.
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
      new ContentNamedJob(chart, 'job', { pod: migrationPod(chart) });
  },
};

/** A pod that migrates the schema, then the search index. */
export function migrationPod(chart: WorkloadChart): k8s.PodSpec {
  return applicationPod(chart, {
    initContainers: [waitForPostgres(chart), migrateContainer(chart)],
    containers: [rebuildIndex(chart)],
  });
}
