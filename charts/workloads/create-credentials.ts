import { credentials, credentialsOf, providedCredentials } from '../../environments/credentials.ts';
import { hardenedPod } from '../lib/hardened-pod.ts';
import { ContentNamedJob } from '../lib/job.ts';
import { toKubernetesApi } from '../lib/outside.ts';
import { allow, type Workload } from '../lib/workload.ts';

/** Length of a generated value, in characters. */
const generatedLength = 64;

/**
 * The Job that creates each missing credential at random, and does not touch the others. Pods that need a credential
 * wait until it exists. An environment whose operator provides the credentials has no such Job.
 */
export const createCredentials: Workload<'create-credentials'> = {
  name: 'create-credentials',
  description: 'Job: makes each missing password at random, once',
  order: 20,
  tier: 'operations',
  ports: {},
  isIn: (environment) => environment.credentials === 'generated',
  opens: (environment) => [toKubernetesApi(environment, 'it creates the Secrets that are missing')],
  mayDo: () => [allow('secrets', ['create'])],
  objects: (chart) => {
    const { environment } = chart;
    const provided = providedCredentials(environment);
    new ContentNamedJob(chart, 'job', {
      pod: hardenedPod(chart, {
        containers: [
          {
            name: 'create-credentials',
            image: environment.images.credentials,
            command: ['create-credentials'],
            args: credentialsOf(environment)
              .filter((name) => !provided.includes(name))
              .map((name) => credentials[name])
              .map(({ secret, key }) => `${secret}/${key}/${generatedLength}`),
            size: { cpuMillicores: 10, memoryMebibytes: 64 },
          },
        ],
      }),
    });
  },
};
