import { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { routesConfiguration, routesPath } from '../configuration/nginx.ts';
import { Deployment } from '../lib/deployment.ts';
import { emptyFolder, type HardenedContainer, hardenedPod } from '../lib/hardened-pod.ts';
import { mediaMounts, mediaVolumes } from '../lib/media.ts';
import { contentHash } from '../lib/names.ts';
import { fromVisitors, toDns } from '../lib/outside.ts';
import { routesOf } from '../lib/routes.ts';
import { Service, visitorsNodePort } from '../lib/service.ts';
import { to, type Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';
import { web } from './web.ts';

const staticVolume = { name: 'static', mountPath: '/srv/static' };
/** How many of the largest requests fit into a pod's /tmp at once, beside what every site has there. */
const largeRequestsAtOnce = 16;
const healthy = { httpGet: { path: '/nginx-health', port: k8s.IntOrString.fromString('http') } };

/**
 * nginx in front of Gunicorn: it serves the static files of the web image itself, and passes other requests on. Where the
 * source is edited live it is there for uploads and for the programs that share the site, and Django's own server has the
 * static files.
 */
export const nginx: Workload<'nginx', 'http'> = {
  name: 'nginx',
  description: 'serves the static files, passes the rest on',
  order: 60,
  tier: 'web',
  ports: { http: 8080 },
  opens: (environment, workloads) => [
    to(web, 'http', 'nginx passes requests for pages on to Gunicorn'),
    ...routesOf(environment, workloads).map(({ workload, port, path }) => ({
      to: workload,
      port,
      why: `nginx passes requests for ${path} on to ${workload.name}`,
    })),
    ...toDns(environment),
  ],
  receives: (environment) => [fromVisitors(environment, nginx.ports.http)],
  objects: (chart) => {
    const { environment } = chart;
    const { media } = environment.application;
    const configuration = configurationVolume(chart);
    const copied = environment.liveEdit === undefined;
    new Service(chart, 'service', { targetPort: 'http', port: 80, nodePort: visitorsNodePort(environment) });
    new Deployment(chart, 'deployment', {
      replicas: environment.nginx.replicas,
      pod: hardenedPod(chart, {
        terminationGracePeriodSeconds: 75,
        ...(media && { tmpMebibytes: 256 + largeRequestsAtOnce * media.largestMebibytes }),
        ...(copied && { initContainers: [copyStaticFiles(environment)] }),
        containers: [
          {
            name: 'nginx',
            image: environment.images.nginx,
            size: environment.nginx,
            ports: [{ name: 'http', containerPort: nginx.ports.http }],
            volumeMounts: [
              ...(copied ? [{ ...staticVolume, readOnly: true }] : []),
              ...configuration.map(({ name }) => ({ name, mountPath: routesPath, readOnly: true })),
              ...mediaMounts(environment, { readOnly: true }),
            ],
            startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 30 },
            livenessProbe: { ...healthy, periodSeconds: 10, failureThreshold: 3 },
            readinessProbe: { ...healthy, periodSeconds: 5, failureThreshold: 2 },
            // Requests still arrive until every node knows that the pod is ending.
            lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
          },
        ],
        volumes: [
          ...(copied ? [emptyFolder('static', 256)] : []),
          ...configuration,
          ...mediaVolumes(environment),
        ],
      }),
    });
  },
};

function copyStaticFiles({ images }: AnyEnvironment): HardenedContainer {
  return {
    name: 'copy-static-files',
    image: images.web,
    command: ['cp', '-R', '/srv/coped/static/.', staticVolume.mountPath],
    size: { cpuMillicores: 10, memoryMebibytes: 32 },
    volumeMounts: [staticVolume],
  };
}

/** The volume with what only this site has, if any. The name of the ConfigMap changes with it, so that the pods restart. */
function configurationVolume(chart: WorkloadChart): k8s.Volume[] {
  const routes = routesOf(chart.environment, chart.workloads);
  if (routes.length === 0 && !chart.environment.application.media) return [];
  const data = routesConfiguration(chart.environment, web, routes);
  const name = `nginx-${contentHash(data)}`;
  new k8s.KubeConfigMap(chart, 'routes', { metadata: { name }, data });
  return [{ name: 'routes', configMap: { name } }];
}
