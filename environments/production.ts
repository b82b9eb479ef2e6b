import { application } from './application.ts';
import type { Production } from './environment.ts';
import { pinnedImages } from './images.ts';

export const production = {
  kind: 'production',
  namespace: 'coped-production',
  images: pinnedImages('production'),
  application,
  address: {
    kind: 'ingress',
    host: 'coped.example.org',
    className: 'traefik',
    tls: { secretName: 'coped-tls' },
    from: [{ namespace: 'traefik' }],
  },
  localAddress: { kind: 'local', port: 1337, nodePort: 31337 },
  web: { replicas: 2, cpuMillicores: 75, memoryMebibytes: 512 },
  nginx: { replicas: 2, cpuMillicores: 25, memoryMebibytes: 64 },
  postgres: { cpuMillicores: 75, memoryMebibytes: 1024, storageGibibytes: 20, members: 3 },
  elasticsearch: { cpuMillicores: 100, memoryMebibytes: 1536, storageGibibytes: 20, nodes: 3, tls: true },
  backups: {
    objectStore: {
      host: 's3.example.org',
      port: 443,
      region: 'eu-west-1',
      bucket: 'coped-production-backups',
      uriStyle: 'path',
      reachedAt: { cidrs: ['0.0.0.0/0'] },
    },
    full: '40 1 * * 0',
    differential: '40 1 * * 1-6',
    incremental: '40 5-21/4 * * *',
    keepDays: 56,
    restoreTest: '40 3 * * *',
  },
  migrations: 'by-command',
  credentials: 'provided',
} as const satisfies Production;
