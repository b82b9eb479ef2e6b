import { readFileSync } from 'node:fs';
import { k8s } from 'cdk8s-plus-27';
import { applicationConnections, applicationPod, migrateVolume } from '../lib/application.ts';
import { ContentNamedJob } from '../lib/job.ts';
import { migrateProgram, migrationSteps, rebuildIndex, waitForPostgres } from '../lib/migrations.ts';
import type { Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';

/**
 * Migrations of the schema and the search index. The Job is part of a deployment (staging), or a command creates it.
 * The web pods of a new version wait for it, while those of the old version go on serving.
 */
export const migrate: Workload<'migrate'> = {
  name: 'migrate',
  description: 'Job: `migrate`, then the search index',
  order: 40,
  tier: 'web',
  ports: {},
  opens: applicationConnections,
  objects: (chart) => {
    new k8s.KubeConfigMap(chart, 'program', {
      metadata: { name: migrateVolume.configMap.name },
      data: {
        [migrateProgram]: readFileSync(
          new URL(`../configuration/${migrateProgram}`, import.meta.url),
          'utf8',
        ),
      },
    });
    if (chart.environment.migrations === 'job')
      new ContentNamedJob(chart, 'job', { pod: migrationPod(chart) });
  },
};

/** A pod that migrates the schema, then the search index. */
export function migrationPod(chart: WorkloadChart): k8s.PodSpec {
  const { searchIndex } = chart.environment.application;
  const steps = [
    ...migrationSteps(chart),
    ...(searchIndex ? [rebuildIndex(chart, searchIndex.rebuild)] : []),
  ];
  return applicationPod(chart, {
    initContainers: [waitForPostgres(chart, { givesUp: true }), ...steps.slice(0, -1)],
    containers: steps.slice(-1),
  });
}
