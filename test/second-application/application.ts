import type { Application } from '../../environments/contract.ts';
import type { Credential } from '../../environments/credentials.ts';

/** It has no credentials of its own. */
export const credentials = {} as const satisfies Record<string, Credential>;

/**
 * Another Django project than the stand-in, of another layout. It has a worker, a scheduler, Redis, a cache table and a
 * second database, shares its address with another program, sends mail, connects to the internet, takes uploads, reads
 * its settings from plain variables, and has no search index.
 */
export const application = {
  settingsModule: 'config.settings',
  credentialsAs: 'variables',
  settings: { FORECAST_URL: 'https://forecast.example.org' },
  migrationSteps: [['createcachetable']],
  checks: { tasks: ['check_tasks'] },
  databases: {
    measurements: { description: 'what the stations measure', owner: 'application' },
  },
  processes: {
    worker: {
      description: 'Celery workers: they fetch forecasts',
      command: ['celery', '--app', 'config', 'worker', '--concurrency', '1'],
      replicas: { dev: 1, staging: 1, production: 2 },
      cpuMillicores: 20,
      memoryMebibytes: 256,
      endsWithinSeconds: 60,
      alive: { file: '/tmp/worker-heartbeat', withinSeconds: 60 },
      reaches: [
        { what: 'forecast-service', port: 443, cidrs: 'internet', why: 'the worker fetches forecasts' },
      ],
    },
    scheduler: {
      description: 'Celery beat: it orders a forecast each minute',
      command: ['celery', '--app', 'config', 'beat', '--schedule', '/tmp/beat'],
      replicas: 'exactly one',
      cpuMillicores: 10,
      memoryMebibytes: 192,
      endsWithinSeconds: 30,
      alive: { file: '/tmp/scheduler-heartbeat', withinSeconds: 180 },
    },
  },
  programs: {
    flower: {
      description: 'Flower: it shows the tasks of Celery',
      image:
        'registry.example.org/flower:2.2.0@sha256:0000000000000000000000000000000000000000000000000000000000000000',
      command: ['celery', 'flower'],
      port: 5555,
      // Everybody who reaches the site sees the tasks, and nobody changes them. FLOWER_BASIC_AUTH would ask for a password.
      route: { path: '/tasks/' },
      alive: '/tasks/healthcheck',
      ready: '/tasks/healthcheck',
      startsWithinSeconds: 120,
      replicas: 'exactly one',
      cpuMillicores: 10,
      memoryMebibytes: 192,
      settings: {
        FLOWER_URL_PREFIX: 'tasks',
        REDIS_PASSWORD: { credential: 'REDIS_PASSWORD' },
        CELERY_BROKER_URL:
          'rediss://:$(REDIS_PASSWORD)@$(REDIS_HOST):$(REDIS_PORT)/0?ssl_cert_reqs=required&ssl_ca_certs=$(REDIS_CA_FILE)',
      },
      uses: ['redis'],
    },
  },
  mail: {
    sender: 'Stations <stations@example.org>',
    staging: 'caught',
    production: {
      host: 'smtp.example.org',
      port: 587,
      tls: 'starttls',
      login: true,
      cidrs: ['192.0.2.0/24'],
    },
  },
  redis: { cpuMillicores: 20, memoryMebibytes: 128, storageGibibytes: 1 },
  largestRequestMebibytes: 5,
  slowestPageSeconds: 80,
  media: {
    on: 'claim',
    volume: {
      staging: { storageGibibytes: 1, accessMode: 'ReadWriteOnce' },
      production: { storageGibibytes: 10, storageClassName: 'shared' },
    },
    backedUpBy: 'snapshots of the provider, each night',
  },
} as const satisfies Application;
