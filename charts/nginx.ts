import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { labels, ports, selector } from './lib/names.ts';
import { serviceAccount } from './lib/service-account.ts';

const staticVolume = { name: 'static', mountPath: '/srv/static' };

/** nginx in front of Gunicorn: it serves the static files of the web image by itself and passes the rest on. */
export function nginx(scope: Construct, environment: AnyEnvironment): void {
  if (environment.kind === 'dev') return;
  const chart = new Chart(scope, '60-nginx', { namespace: environment.namespace });
  const metadata = { name: 'nginx', labels: labels(environment, 'nginx') };
  const healthy = { httpGet: { path: '/nginx-health', port: k8s.IntOrString.fromString('http') } };

  serviceAccount(chart, environment, 'nginx');
  new k8s.KubeService(chart, 'service', {
    metadata,
    spec: {
      selector: selector(environment, 'nginx'),
      ports: [
        {
          name: 'http',
          port: 80,
          targetPort: k8s.IntOrString.fromString('http'),
          ...(environment.address.kind === 'local' && { nodePort: environment.address.nodePort }),
        },
      ],
      ...(environment.address.kind === 'local' && { type: 'NodePort' }),
    },
  });
  new k8s.KubeDeployment(chart, 'deployment', {
    metadata,
    spec: {
      replicas: environment.nginx.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selector(environment, 'nginx') },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: {
          maxSurge: k8s.IntOrString.fromNumber(1),
          maxUnavailable: k8s.IntOrString.fromNumber(0),
        },
      },
      template: {
        metadata: { labels: labels(environment, 'nginx') },
        spec: hardenedPod({
          serviceAccountName: 'nginx',
          terminationGracePeriodSeconds: 75,
          initContainers: [
            {
              name: 'copy-static-files',
              image: environment.images.web,
              command: ['cp', '-R', '/srv/coped/static/.', staticVolume.mountPath],
              size: { cpuMillicores: 10, memoryMebibytes: 32 },
              volumeMounts: [staticVolume],
            },
          ],
          containers: [
            {
              name: 'nginx',
              image: environment.images.nginx,
              size: environment.nginx,
              ports: [{ name: 'http', containerPort: ports.nginx }],
              volumeMounts: [{ ...staticVolume, readOnly: true }],
              startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 30 },
              livenessProbe: { ...healthy, periodSeconds: 10, failureThreshold: 3 },
              readinessProbe: { ...healthy, periodSeconds: 5, failureThreshold: 2 },
              // Requests still come until every node has heard that the pod leaves.
              lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
            },
          ],
          volumes: [{ name: 'static', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } }],
        }),
      },
    },
  });
}
