import { App, Chart } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment } from '../environments/environment.ts';
import {
  applicationContainer,
  applicationPod,
  migrate,
  rebuildIndex,
  waitForMigrations,
  waitForPostgres,
} from './lib/application.ts';
import { contentNamedJob } from './lib/job.ts';
import { serviceAccount } from './lib/service-account.ts';

/**
 * What migrations need in every environment, and the Job itself where it is part of a deployment (staging). The web
 * pods of a new version wait for it, those of the old one go on serving.
 */
export function migration(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '40-migration', { namespace: environment.namespace });
  serviceAccount(chart, environment, 'migrate');
  if (environment.migrations === 'job') job(chart, environment);
}

/** Loads the made-up projects into an empty database and fills the index, where the environment asks for it. */
export function sampleData(scope: Construct, environment: AnyEnvironment): void {
  if (environment.kind !== 'dev' || !environment.sampleData) return;
  const chart = new Chart(scope, '45-sample-data', { namespace: environment.namespace });
  serviceAccount(chart, environment, 'sample-data');
  contentNamedJob(
    chart,
    environment,
    'sample-data',
    applicationPod(environment, {
      serviceAccountName: 'sample-data',
      initContainers: [
        waitForMigrations(environment),
        applicationContainer(environment, {
          name: 'load-sample-projects',
          command: ['python', 'manage.py', 'load_sample_projects'],
        }),
      ],
      containers: [rebuildIndex(environment)],
    }),
  );
}

/** A Job by itself, as a command applies it. */
export interface SingleJob {
  readonly name: string;
  readonly manifest: object;
}

/** The migration Job by itself, as `npm run migrate` applies it. */
export function migrationJob(environment: AnyEnvironment): SingleJob {
  return single(environment, job);
}

/** A Job that does what a migration does to the search index, as `npm run reindex` applies it. */
export function reindexJob(environment: AnyEnvironment, options: { readonly forced: boolean }): SingleJob {
  return single(environment, (chart) =>
    contentNamedJob(
      chart,
      environment,
      'migrate',
      applicationPod(environment, {
        serviceAccountName: 'migrate',
        containers: [rebuildIndex(environment, options)],
      }),
      'reindex',
    ),
  );
}

function single(
  environment: AnyEnvironment,
  make: (chart: Chart, environment: AnyEnvironment) => k8s.KubeJob,
): SingleJob {
  const chart = new Chart(new App(), 'job', { namespace: environment.namespace });
  const { name } = make(chart, environment);
  const [manifest] = chart.toJson();
  return { name, manifest };
}

function job(scope: Construct, environment: AnyEnvironment): k8s.KubeJob {
  return contentNamedJob(
    scope,
    environment,
    'migrate',
    applicationPod(environment, {
      serviceAccountName: 'migrate',
      initContainers: [waitForPostgres(environment), migrate(environment)],
      containers: [rebuildIndex(environment)],
    }),
  );
}
