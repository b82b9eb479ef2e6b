import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { hostsOf } from '../environments/address.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import {
  HttpRoute,
  HttpRouteSpecRulesMatchesPathType,
} from '../imports/http-route-gateway.networking.k8s.io.ts';
import { visitorsPort } from './lib/service.ts';
import { labels } from './lib/workload.ts';
import { nginx } from './workloads/nginx.ts';

/**
 * The way in from outside, by a Gateway. The Gateway is not ours, and neither are its listeners: TLS, the redirect of HTTP
 * and the longest duration of a request are theirs.
 *
 * @see https://gateway-api.sigs.k8s.io/api-types/httproute/
 */
export function httpRoute(scope: Construct, environment: AnyEnvironment): void {
  const { address } = environment;
  if (address.kind !== 'gateway') return;
  const chart = new Chart(scope, '70-http-route', { namespace: environment.namespace });
  // With the values that the API server would add, because Argo CD takes an added one for a difference.
  new HttpRoute(chart, 'http-route', {
    metadata: {
      name: 'coped',
      labels: { ...address.labels, ...labels(environment, nginx) },
      ...(address.annotations && { annotations: address.annotations }),
    },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...address.gateway }],
      hostnames: [...hostsOf(address)],
      rules: [
        {
          matches: [{ path: { type: HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value: '/' } }],
          backendRefs: [{ group: '', kind: 'Service', name: nginx.name, port: visitorsPort, weight: 1 }],
        },
      ],
    },
  });
}
