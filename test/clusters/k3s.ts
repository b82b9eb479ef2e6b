import type { Production } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';

/** k3s with its own Traefik, on three machines of one network. */
export const k3s = {
  ...production,
  address: {
    kind: 'ingress',
    host: 'coped.example.org',
    className: 'traefik',
    tls: { secretName: 'coped-tls' },
    from: [{ namespace: 'kube-system', labels: { 'app.kubernetes.io/name': 'traefik' } }],
  },
  cluster: {
    kubernetesApi: { cidrs: ['192.0.2.0/24'], port: 6443 },
    storageClasses: { data: 'local-path', scratch: 'local-path' },
  },
} as const satisfies Production;
