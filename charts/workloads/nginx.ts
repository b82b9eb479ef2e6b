import { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { limitsOf, routesConfiguration, routesPath } from '../configuration/nginx.ts';
import { Deployment } from '../lib/deployment.ts';
import { emptyFolder, type HardenedContainer, hardenedPod } from '../lib/hardened-pod.ts';
import { mediaMounts, mediaVolumes } from '../lib/media.ts';
import { contentHash } from '../lib/names.ts';
import { fromVisitors, toDns } from '../lib/outside.ts';
import { routesOf } from '../lib/routes.ts';
import { Service, visitorsNodePort, visitorsPort } from '../lib/service.ts';
import { to, type Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';
import { web } from './web.ts';

const staticVolume = { name: 'static', mountPath: '/srv/static' };
/** How many requests of more than 100 kB nginx.conf takes in at once. All of them may be as large as the site allows. */
const largeRequestsAtOnce = 16;
/** What else /tmp holds at most: of 256 requests at once, 1 MiB of each answer and 100 kB of each small request. */
const tmpMebibytesBeside = 288;
const healthy = { httpGet: { path: '/nginx-health', port: k8s.IntOrString.fromString('http') } };

/**
 * nginx in front of Gunicorn: it serves the static files of the web image itself, and passes other requests on. In dev it is
 * there for uploads and for the programs that share the site, and Django's own server has the static files.
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
    const { address, application } = environment;
    const { largestRequestMebibytes, slowestPageSeconds } = limitsOf(application);
    const configuration = configurationVolume(chart);
    const copied = !environment.debug;
    new Service(chart, 'service', {
      targetPort: 'http',
      port: visitorsPort,
      nodePort: visitorsNodePort(environment),
      metadata: address.kind === 'local' ? undefined : address.service,
    });
    new Deployment(chart, 'deployment', {
      replicas: environment.nginx.replicas,
      pod: hardenedPod(chart, {
        terminationGracePeriodSeconds: slowestPageSeconds + 15,
        tmpMebibytes: tmpMebibytesBeside + largeRequestsAtOnce * largestRequestMebibytes,
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
  const data = routesConfiguration(chart.environment, web, routesOf(chart.environment, chart.workloads));
  if (data['locations.conf'] === '') return [];
  const name = `nginx-${contentHash(data)}`;
  new k8s.KubeConfigMap(chart, 'routes', { metadata: { name }, data });
  return [{ name: 'routes', configMap: { name } }];
}
