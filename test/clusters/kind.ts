import type { Production } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';

/** A cluster that kind has made. Each value is the default. */
export const kind = {
  ...production,
  cluster: {
    dns: { at: [{ namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } }], ports: [53] },
    kubernetesApi: { cidrs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], port: 6443 },
    domain: 'cluster.local',
    ipFamilies: ['IPv4'],
    userId: 10001,
  },
} as const satisfies Production;
