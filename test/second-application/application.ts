import type { Application } from '../../environments/contract.ts';

/**
 * Another Django project than the stand-in, of another layout. It has a worker, a scheduler, Redis and a cache table,
 * connects to the internet, reads its settings from plain variables, and has no search index.
 */
export const application = {
  settingsModule: 'config.settings',
  credentialsAs: 'variables',
  settings: { FORECAST_URL: 'https://forecast.example.org' },
  migrationSteps: [['createcachetable']],
  checks: { tasks: ['check_tasks'] },
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
  redis: { cpuMillicores: 20, memoryMebibytes: 128, storageGibibytes: 1 },
} as const satisfies Application;
