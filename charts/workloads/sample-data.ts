import {
  applicationConnections,
  applicationContainer,
  applicationPod,
  rebuildIndex,
  waitForMigrations,
} from '../lib/application.ts';
import { ContentNamedJob } from '../lib/job.ts';
import type { Workload } from '../lib/workload.ts';

/** Loads the sample projects into an empty database and fills the index, if the environment asks for it. */
export const sampleData: Workload<'sample-data'> = {
  name: 'sample-data',
  description: 'Job: loads made-up projects into an empty database',
  order: 45,
  tier: 'web',
  ports: {},
  isIn: (environment) => environment.sampleData ?? false,
  opens: applicationConnections,
  objects: (chart) => {
    new ContentNamedJob(chart, 'job', {
      pod: applicationPod(chart, {
        initContainers: [
          waitForMigrations(chart, { givesUp: true }),
          applicationContainer(chart, {
            name: 'load-sample-projects',
            command: ['python', 'manage.py', 'load_sample_projects'],
          }),
        ],
        containers: [rebuildIndex(chart)],
      }),
    });
  },
};
