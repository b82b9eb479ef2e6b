import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import { healthIgnoredByArgoCd } from './lib/names.ts';
import { labels } from './lib/workload.ts';
import { nginx } from './workloads/nginx.ts';

/**
 * The way in from outside, with TLS. It needs no annotation of any one controller.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
export function ingress(scope: Construct, environment: AnyEnvironment): void {
  if (environment.address.kind !== 'ingress') return;
  const { host, className, tlsSecretName } = environment.address;
  const chart = new Chart(scope, '70-ingress', { namespace: environment.namespace });
  new k8s.KubeIngress(chart, 'ingress', {
    metadata: {
      name: 'coped',
      labels: labels(environment, nginx),
      // Argo CD waits for an address of the Ingress, which many controllers never write.
      annotations: healthIgnoredByArgoCd,
    },
    spec: {
      ingressClassName: className,
      tls: [{ hosts: [host], secretName: tlsSecretName }],
      rules: [
        {
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
        },
      ],
    },
  });
}
