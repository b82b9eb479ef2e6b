import { k8s } from 'cdk8s-plus-27';
import { Deployment } from '../lib/deployment.ts';
import { hardenedPod } from '../lib/hardened-pod.ts';
import { dns, fromVisitors } from '../lib/outside.ts';
import { Service, visitorsNodePort } from '../lib/service.ts';
import { to, type Workload } from '../lib/workload.ts';
import { web } from './web.ts';

const staticVolume = { name: 'static', mountPath: '/srv/static' };
const healthy = { httpGet: { path: '/nginx-health', port: k8s.IntOrString.fromString('http') } };

/** nginx in front of Gunicorn: it serves the static files of the web image itself, and passes other requests on. */
export const nginx: Workload<'nginx', 'http'> = {
  name: 'nginx',
  description: 'serves the static files, passes the rest on',
  order: 60,
  tier: 'web',
  ports: { http: 8080 },
  isIn: (environment) => environment.nginx !== undefined,
  opens: () => [to(web, 'http', 'nginx passes requests for pages on to Gunicorn'), ...dns],
  receives: (environment) => [fromVisitors(environment, nginx.ports.http)],
  objects: (chart) => {
    const { environment } = chart;
    if (!environment.nginx) return;
    new Service(chart, 'service', { targetPort: 'http', port: 80, nodePort: visitorsNodePort(environment) });
    new Deployment(chart, 'deployment', {
      replicas: environment.nginx.replicas,
      pod: hardenedPod(nginx, {
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
            ports: [{ name: 'http', containerPort: nginx.ports.http }],
            volumeMounts: [{ ...staticVolume, readOnly: true }],
            startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 30 },
            livenessProbe: { ...healthy, periodSeconds: 10, failureThreshold: 3 },
            readinessProbe: { ...healthy, periodSeconds: 5, failureThreshold: 2 },
            // Requests still arrive until every node knows that the pod is ending.
            lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
          },
        ],
        volumes: [{ name: 'static', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } }],
      }),
    });
  },
};
