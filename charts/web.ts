import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import {
  allowedHosts,
  applicationContainer,
  applicationPod,
  migrate,
  waitForMigrations,
  waitForPostgres,
} from './lib/application.ts';
import type { HardenedContainer } from './lib/hardened-pod.ts';
import { labels, ports, selector } from './lib/names.ts';
import { serviceAccount } from './lib/service-account.ts';

/** The Django application: Gunicorn behind nginx, or in dev Django's own server over live source. */
export function web(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '50-web', { namespace: environment.namespace });
  const metadata = { name: 'web', labels: labels(environment, 'web') };

  serviceAccount(chart, environment, 'web');
  new k8s.KubeService(chart, 'service', {
    metadata,
    spec: {
      selector: selector(environment, 'web'),
      ports: [
        {
          name: 'http',
          port: ports.web,
          targetPort: k8s.IntOrString.fromString('http'),
          ...(environment.kind === 'dev' && { nodePort: environment.address.nodePort }),
        },
      ],
      ...(environment.kind === 'dev' && { type: 'NodePort' }),
    },
  });
  new k8s.KubeDeployment(chart, 'deployment', {
    metadata,
    spec: {
      replicas: environment.kind === 'dev' ? 1 : environment.web.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selector(environment, 'web') },
      strategy:
        environment.kind === 'dev'
          ? { type: 'Recreate' }
          : {
              type: 'RollingUpdate',
              rollingUpdate: {
                maxSurge: k8s.IntOrString.fromNumber(1),
                maxUnavailable: k8s.IntOrString.fromNumber(0),
              },
            },
      template: {
        metadata: { labels: labels(environment, 'web') },
        spec: applicationPod(environment, {
          serviceAccountName: 'web',
          terminationGracePeriodSeconds: 45,
          initContainers: beforeServing(environment),
          containers: [server(environment)],
        }),
      },
    },
  });
}

function beforeServing(environment: AnyEnvironment): HardenedContainer[] {
  return environment.migrations === 'at-start'
    ? [waitForPostgres(environment), migrate(environment)]
    : [waitForMigrations(environment)];
}

function server(environment: AnyEnvironment): HardenedContainer {
  const probe = (path: string): Pick<k8s.Probe, 'httpGet'> => ({
    httpGet: {
      path,
      port: k8s.IntOrString.fromString('http'),
      httpHeaders: [{ name: 'Host', value: allowedHosts(environment)[0] }],
    },
  });
  const probes =
    environment.kind === 'dev'
      ? // A page that shows the developer's mistake must be reachable, so an error does not make the pod unready.
        {
          readinessProbe: {
            tcpSocket: { port: k8s.IntOrString.fromString('http') },
            periodSeconds: 1,
            failureThreshold: 30,
          },
        }
      : {
          startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 60, timeoutSeconds: 3 },
          // Not /readyz: an outage of the database must not restart every web pod.
          livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
          readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 5 },
        };
  return applicationContainer(environment, {
    name: 'web',
    size: environment.web,
    ports: [{ name: 'http', containerPort: ports.web }],
    ...probes,
    // Requests still come until every node has heard that the pod leaves.
    ...(environment.kind !== 'dev' && { lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } }),
  });
}
