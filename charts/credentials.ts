import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { credentials, credentialsOf, providedCredentials } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentNamedJob } from './lib/job.ts';
import { labels } from './lib/names.ts';
import { serviceAccount } from './lib/service-account.ts';

/** Length of a generated value, in characters. */
const generatedLength = 64;

/**
 * The Job that makes each credential that is missing, at random, and leaves the others alone. Pods that need one
 * wait until it is there. An environment whose operator provides the credentials has no such Job.
 */
export function generatedCredentials(scope: Construct, environment: AnyEnvironment): void {
  if (environment.credentials === 'provided') return;
  const chart = new Chart(scope, '20-credentials', { namespace: environment.namespace });
  const metadata = { name: 'create-credentials', labels: labels(environment, 'create-credentials') };

  serviceAccount(chart, environment, 'create-credentials');
  new k8s.KubeRole(chart, 'role', {
    metadata,
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }],
  });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'create-credentials' },
    subjects: [{ kind: 'ServiceAccount', name: 'create-credentials', namespace: environment.namespace }],
  });
  contentNamedJob(
    chart,
    environment,
    'create-credentials',
    hardenedPod({
      serviceAccountName: 'create-credentials',
      usesKubernetesApi: true,
      containers: [
        {
          name: 'create-credentials',
          image: environment.images.credentials,
          command: ['create-credentials'],
          args: credentialsOf(environment)
            .filter((name) => !providedCredentials(environment).includes(name))
            .map((name) => credentials[name])
            .map(({ secret, key }) => `${secret}/${key}/${generatedLength}`),
          size: { cpuMillicores: 10, memoryMebibytes: 64 },
        },
      ],
    }),
  );
}
