import type { Staging } from './environment.ts';
import { pinned } from './images.ts';

export const staging = {
  kind: 'staging',
  namespace: 'coped-staging',
  images: {
    web: pinned('web'),
    nginx: pinned('nginx'),
    postgres: pinned('postgres'),
    elasticsearch: pinned('elasticsearch'),
    credentials: pinned('credentials'),
  },
  address: {
    kind: 'ingress',
    host: 'staging.coped.example.org',
    className: 'traefik',
    tlsSecretName: 'coped-tls',
    controllerNamespace: 'traefik',
  },
  localAddress: { kind: 'local', port: 1338, nodePort: 31338 },
  web: { replicas: 2, cpuMillicores: 100, memoryMebibytes: 384 },
  nginx: { replicas: 1, cpuMillicores: 25, memoryMebibytes: 64 },
  postgres: { cpuMillicores: 100, memoryMebibytes: 512, storageGibibytes: 5 },
  elasticsearch: { cpuMillicores: 150, memoryMebibytes: 1280, storageGibibytes: 5 },
  migrations: 'job',
  credentials: 'generated',
  kubernetesApi: { cidrs: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], port: 6443 },
} as const satisfies Staging;
