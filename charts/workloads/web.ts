import { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import {
  allowedHosts,
  applicationConnections,
  applicationContainer,
  applicationPod,
} from '../lib/application.ts';
import { Deployment } from '../lib/deployment.ts';
import type { HardenedContainer } from '../lib/hardened-pod.ts';
import { toMail } from '../lib/mail.ts';
import { mediaClaim } from '../lib/media.ts';
import { migrationSteps, waitForMigrations, waitForPostgres } from '../lib/migrations.ts';
import { fromVisitors, toReached } from '../lib/outside.ts';
import { hasNginx } from '../lib/routes.ts';
import { Service, visitorsNodePort } from '../lib/service.ts';
import type { Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';

/** The Django application: Gunicorn behind nginx or, in dev, Django's own server. */
export const web: Workload<'web', 'http'> = {
  name: 'web',
  description: 'Django: Gunicorn; in dev a development server over live source',
  order: 50,
  tier: 'web',
  ports: { http: 8000 },
  opens: (environment, workloads) => [
    ...applicationConnections(environment, workloads),
    ...toMail(environment),
    ...toReached(environment, environment.application.reaches),
  ],
  receives: (environment, workloads) =>
    hasNginx(environment, workloads) ? [] : [fromVisitors(environment, web.ports.http)],
  objects: (chart) => {
    const { environment, workloads } = chart;
    mediaClaim(chart, environment);
    new Service(chart, 'service', {
      targetPort: 'http',
      nodePort: hasNginx(environment, workloads) ? undefined : visitorsNodePort(environment),
    });
    new Deployment(chart, 'deployment', {
      replicas: environment.web.replicas,
      // Two development servers of the same site would only confuse the developer.
      strategy: environment.debug ? 'Recreate' : 'RollingUpdate',
      // So long a person may take to migrate.
      progressDeadlineSeconds: environment.migrations === 'by-command' ? 3600 : undefined,
      pod: applicationPod(chart, {
        terminationGracePeriodSeconds: 25 + (environment.application.slowestPageSeconds ?? 20),
        initContainers: beforeServing(chart),
        containers: [
          applicationContainer(chart, {
            name: 'web',
            size: environment.web,
            ports: [{ name: 'http', containerPort: web.ports.http }],
            ...(environment.debug ? developmentServer : gunicorn(environment)),
          }),
        ],
      }),
    });
  },
};

function beforeServing(chart: WorkloadChart): HardenedContainer[] {
  return chart.environment.migrations === 'at-start'
    ? [waitForPostgres(chart), ...migrationSteps(chart)]
    : [waitForMigrations(chart)];
}

/** A page that shows the developer's mistake must be reachable, so an error does not make the pod unready. */
const developmentServer: Partial<HardenedContainer> = {
  readinessProbe: {
    tcpSocket: { port: k8s.IntOrString.fromString('http') },
    periodSeconds: 1,
    failureThreshold: 30,
  },
};

function gunicorn(environment: AnyEnvironment): Partial<HardenedContainer> {
  const probe = (path: string): Pick<k8s.Probe, 'httpGet'> => ({
    httpGet: {
      path,
      port: k8s.IntOrString.fromString('http'),
      httpHeaders: [{ name: 'Host', value: allowedHosts(environment)[0] }],
    },
  });
  const { slowestPageSeconds } = environment.application;
  return {
    // gunicorn.conf.py has 20 s. https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout
    ...(slowestPageSeconds !== undefined && {
      env: [{ name: 'GUNICORN_CMD_ARGS', value: `--graceful-timeout ${slowestPageSeconds}` }],
    }),
    startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 60, timeoutSeconds: 3 },
    // Not /readyz: an outage of the database must not restart every web pod.
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 5 },
    // Requests still arrive until every node knows that the pod is ending.
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
  };
}
