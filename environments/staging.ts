import { application } from './application.ts';
import type { Staging } from './environment.ts';
import { pinnedImages } from './images.ts';

export const staging = {
  kind: 'staging',
  namespace: 'coped-staging',
  images: pinnedImages('staging'),
  application,
  address: {
    kind: 'ingress',
    host: 'staging.coped.example.org',
    className: 'traefik',
    tls: { secretName: 'coped-tls' },
    from: [{ namespace: 'traefik' }],
  },
  localAddress: { kind: 'local', port: 1338, nodePort: 31338 },
  web: { replicas: 2, cpuMillicores: 50, memoryMebibytes: 384 },
  nginx: { replicas: 1, cpuMillicores: 25, memoryMebibytes: 64 },
  postgres: { cpuMillicores: 50, memoryMebibytes: 512, storageGibibytes: 5, members: 2 },
  elasticsearch: { cpuMillicores: 100, memoryMebibytes: 1280, storageGibibytes: 5, nodes: 1, tls: true },
  backups: {
    objectStore: {
      host: 's3.example.org',
      port: 443,
      region: 'eu-west-1',
      bucket: 'coped-staging-backups',
      uriStyle: 'path',
      reachedAt: { cidrs: ['0.0.0.0/0'] },
    },
    full: '10 2 * * 0',
    differential: '10 2 * * 1-6',
    incremental: '10 8-20/6 * * *',
    keepDays: 14,
    restoreTest: '10 4 * * 0',
  },
  migrations: 'job',
  credentials: 'generated',
} as const satisfies Staging;
