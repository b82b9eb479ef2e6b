import type { AnyEnvironment } from '../../environments/environment.ts';
import { hardenedPod } from '../lib/hardened-pod.ts';
import { ContentNamedJob, CronJob } from '../lib/job.ts';
import { toKubernetesApi } from '../lib/outside.ts';
import { authoritySecret, dnsNames, tlsSecret } from '../lib/tls.ts';
import { allow, type Workload } from '../lib/workload.ts';

/**
 * The certificates of the data services. Each service has its own certificate authority. A Job creates the certificates
 * before the first start, and a CronJob renews them. Nobody outside has to trust them, so no operator provides them.
 */
export const certificates: Workload<'certificates'> = {
  name: 'certificates',
  description: 'Job and nightly CronJob: TLS certificates of the data services',
  order: 21,
  tier: 'operations',
  ports: {},
  opens: (environment) => [toKubernetesApi(environment, 'it makes and renews certificates')],
  mayDo: (environment, workloads) => {
    const servers = certified(environment, workloads).map(({ server }) => server);
    return [
      allow('secrets', ['create']),
      allow('secrets', ['get'], servers.map(authoritySecret)),
      allow('secrets', ['get', 'update'], servers.map(tlsSecret)),
    ];
  },
  objects: (chart) => {
    const { environment, workloads } = chart;
    const pod = hardenedPod(chart, {
      containers: [
        {
          name: 'renew-certificates',
          image: environment.images.credentials,
          command: ['renew-certificates'],
          args: certified(environment, workloads).map(
            ({ server, services }) => `${server.name}=${dnsNames(environment, server, services).join(',')}`,
          ),
          size: { cpuMillicores: 10, memoryMebibytes: 96 },
        },
      ],
    });
    new ContentNamedJob(chart, 'job', { pod });
    new CronJob(chart, 'cron-job', {
      name: 'renew-certificates',
      // Each night: a certificate is valid for 90 days and is renewed when 30 are left, so a month of failures does no
      // harm.
      schedule: '20 0 * * *',
      deadlineSeconds: 600,
      pod,
    });
  },
};

/** The workloads that have a certificate, with the Services whose names are in it. */
function certified(
  environment: AnyEnvironment,
  workloads: readonly Workload[],
): { server: Workload; services: readonly string[] }[] {
  return workloads.flatMap((server) => {
    const services = server.certificateFor?.(environment);
    return services ? [{ server, services }] : [];
  });
}
