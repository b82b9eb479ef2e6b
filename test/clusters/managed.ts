import type { Production } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';

/** A managed cluster with NodeLocal DNSCache, and an Ingress controller behind a load balancer of the provider. */
export const managed = {
  ...production,
  address: {
    kind: 'ingress',
    host: 'coped.example.org',
    className: 'nginx',
    tls: { secretName: 'coped-tls' },
    from: [{ namespace: 'ingress-nginx' }],
  },
  cluster: {
    dns: {
      at: [
        { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
        { namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } },
        { cidrs: ['169.254.20.10/32'] },
      ],
    },
    kubernetesApi: { cidrs: ['10.0.0.0/16'], port: 443 },
    storageClasses: { data: 'ssd-retain', scratch: 'ssd' },
    imagePullSecret: 'registry',
  },
} as const satisfies Production;
