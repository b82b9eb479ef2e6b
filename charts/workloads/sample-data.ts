import {
  applicationConnections,
  applicationContainer,
  applicationPod,
  containerName,
  manage,
} from '../lib/application.ts';
import type { HardenedContainer } from '../lib/hardened-pod.ts';
import { ContentNamedJob } from '../lib/job.ts';
import { rebuildIndex, waitForMigrations } from '../lib/migrations.ts';
import type { Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';

/**
 * Loads the application's sample data into an empty database, if the environment asks for it, and fills the index. Where
 * the web pod migrates at its start, no other Job would make the first index.
 */
export const sampleData: Workload<'sample-data'> = {
  name: 'sample-data',
  description: 'Job: loads made-up projects into an empty database',
  order: 45,
  tier: 'web',
  ports: {},
  isIn: ({ sampleData, migrations, application }) =>
    Boolean(sampleData && application.sampleData) ||
    (migrations === 'at-start' && application.searchIndex !== undefined),
  opens: applicationConnections,
  objects: (chart) => {
    const steps = stepsOf(chart);
    new ContentNamedJob(chart, 'job', {
      pod: applicationPod(chart, {
        initContainers: [waitForMigrations(chart, { givesUp: true }), ...steps.slice(0, -1)],
        containers: steps.slice(-1),
      }),
    });
  },
};

function stepsOf(chart: WorkloadChart): HardenedContainer[] {
  const { environment } = chart;
  const { sampleData, searchIndex } = environment.application;
  return [
    ...(environment.sampleData && sampleData
      ? [applicationContainer(chart, { name: containerName(sampleData), command: manage(sampleData) })]
      : []),
    ...(searchIndex ? [rebuildIndex(chart, searchIndex.rebuild)] : []),
  ];
}
