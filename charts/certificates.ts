import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { hasElasticsearchTls } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import type { DataWorkload } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentNamedJob } from './lib/job.ts';
import { labels } from './lib/names.ts';
import { serviceAccount } from './lib/service-account.ts';
import { authoritySecret, dnsNames, tlsSecret } from './lib/tls.ts';

/** Each night: a certificate lives for 90 days and is made anew with 30 left, so a month of failures does no harm. */
const schedule = '20 0 * * *';

/**
 * The certificates of the data services, each signed by an authority of its own: made by a Job before the first start,
 * renewed by a CronJob. They are not the operator's to provide, in no environment: nothing outside trusts them.
 */
export function certificates(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '21-certificates', { namespace: environment.namespace });
  const metadata = { name: 'certificates', labels: labels(environment, 'certificates') };
  const services: DataWorkload[] = [
    'postgres',
    ...(hasElasticsearchTls(environment) ? (['elasticsearch'] as const) : []),
  ];

  serviceAccount(chart, environment, 'certificates');
  new k8s.KubeRole(chart, 'role', {
    metadata,
    rules: [
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: services.map(authoritySecret),
        verbs: ['get'],
      },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: services.map(tlsSecret),
        verbs: ['get', 'update'],
      },
    ],
  });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'certificates' },
    subjects: [{ kind: 'ServiceAccount', name: 'certificates', namespace: environment.namespace }],
  });

  const pod = hardenedPod({
    serviceAccountName: 'certificates',
    usesKubernetesApi: true,
    restartPolicy: 'Never',
    containers: [
      {
        name: 'renew-certificates',
        image: environment.images.credentials,
        command: ['renew-certificates'],
        args: services.map((service) => `${service}=${dnsNames(environment, service).join(',')}`),
        size: { cpuMillicores: 10, memoryMebibytes: 96 },
      },
    ],
  });
  contentNamedJob(chart, environment, 'certificates', pod);
  new k8s.KubeCronJob(chart, 'cron-job', {
    metadata: { ...metadata, name: 'renew-certificates' },
    spec: {
      schedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      jobTemplate: {
        metadata: { labels: metadata.labels },
        spec: { backoffLimit: 3, template: { metadata: { labels: metadata.labels }, spec: pod } },
      },
    },
  });
}
