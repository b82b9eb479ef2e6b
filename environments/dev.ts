import { application } from './application.ts';
import type { Dev } from './environment.ts';
import { devImages } from './images.ts';

export const dev = {
  kind: 'dev',
  namespace: 'coped-dev',
  images: devImages(),
  application,
  address: { kind: 'local', port: 8000, nodePort: 30800 },
  web: { replicas: 1, cpuMillicores: 100, memoryMebibytes: 512 },
  nginx: { replicas: 1, cpuMillicores: 10, memoryMebibytes: 32 },
  postgres: { cpuMillicores: 50, memoryMebibytes: 448, storageGibibytes: 1, members: 1 },
  elasticsearch: {
    cpuMillicores: 100,
    memoryMebibytes: 1280,
    storageGibibytes: 1,
    nodes: 1,
    tls: false,
  },
  debug: true,
  liveEdit: { nodePath: '/srv/coped' },
  migrations: 'at-start',
  sampleData: true,
  credentials: 'generated',
} as const satisfies Dev;
