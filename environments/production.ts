import type { Production } from './environment.ts';
import { pinned } from './images.ts';

export const production = {
  kind: 'production',
  namespace: 'coped-production',
  images: {
    web: pinned('web'),
    nginx: pinned('nginx'),
    postgres: pinned('postgres'),
    elasticsearch: pinned('elasticsearch'),
  },
  address: {
    kind: 'ingress',
    host: 'coped.example.org',
    className: 'traefik',
    tlsSecretName: 'coped-tls',
    controllerNamespace: 'traefik',
  },
  localAddress: { kind: 'local', port: 1337, nodePort: 31337 },
  web: { replicas: 2, cpuMillicores: 100, memoryMebibytes: 512 },
  nginx: { replicas: 2, cpuMillicores: 25, memoryMebibytes: 64 },
  postgres: { cpuMillicores: 100, memoryMebibytes: 1024, storageGibibytes: 20 },
  elasticsearch: { cpuMillicores: 200, memoryMebibytes: 2560, storageGibibytes: 20 },
  migrations: 'by-command',
  credentials: 'provided',
} as const satisfies Production;
