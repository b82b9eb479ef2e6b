import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { hostsOf } from '../environments/address.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { issuerAnnotation } from './lib/cert-manager.ts';
import { healthIgnoredByArgoCd } from './lib/names.ts';
import { labels } from './lib/workload.ts';
import { nginx } from './workloads/nginx.ts';

/**
 * The way in from outside, with TLS unless that has ended before. It needs no annotation of any one controller.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
export function ingress(scope: Construct, environment: AnyEnvironment): void {
  const { address } = environment;
  if (address.kind !== 'ingress') return;
  const hosts = hostsOf(address);
  const chart = new Chart(scope, '70-ingress', { namespace: environment.namespace });
  new k8s.KubeIngress(chart, 'ingress', {
    metadata: {
      name: 'coped',
      labels: { ...address.labels, ...labels(environment, nginx) },
      annotations: {
        ...address.annotations,
        ...issuerAnnotation(environment),
        // Argo CD waits for an address of the Ingress, which many controllers never write.
        ...healthIgnoredByArgoCd,
      },
    },
    spec: {
      ingressClassName: address.className,
      ...(address.tls !== 'ended-before' && {
        tls: [{ hosts: [...hosts], secretName: address.tls.secretName }],
      }),
      rules: hosts.map((host) => ({
        host,
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: nginx.name, port: { name: 'http' } } },
            },
          ],
        },
      })),
    },
  });
}
