import type { Production } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';

/** OpenShift, or a cluster like it: it chooses the user, and gives a team one namespace with a quota. */
export const openshift = {
  ...production,
  address: {
    kind: 'ingress',
    host: 'coped.example.org',
    className: 'openshift-default',
    tls: { secretName: 'coped-tls' },
    from: [{ namespace: 'openshift-ingress' }],
  },
  cluster: {
    dns: {
      at: [{ namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } }],
      ports: [5353],
    },
    kubernetesApi: { cidrs: ['10.0.0.0/16'], port: 6443 },
    storageClasses: { data: 'ceph-retain', scratch: 'ceph' },
    cpuLimitMillicores: 1000,
    userId: 1000680000,
    createsNamespace: false,
  },
} as const satisfies Production;
