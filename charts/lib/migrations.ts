import type { ManageCommand } from '../../environments/contract.ts';
import type { NonEmpty } from '../../environments/environment.ts';
import { applicationDatabases } from '../configuration/databases.ts';
import { applicationContainer, containerName, manage, migrateVolume } from './application.ts';
import type { HardenedContainer } from './hardened-pod.ts';
import type { WorkloadChart } from './workload-chart.ts';

/** The program that waits or migrates, of charts/configuration/; it needs nothing of the application. */
export const migrateProgram = 'wait_or_migrate.py';
const migratePath = '/run/migrate';

/** Calls a function of the program in Django's shell. If that fails, the status of the pod says why. */
function waitOrMigrate(call: string) {
  const program = migrateProgram.replace('.py', '');
  const shell = ['python', 'manage.py', 'shell', '--verbosity', '0', '--pythonpath', migratePath];
  return {
    command: [...shell, '--command', `import ${program}; ${program}.${call}`],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: migrateVolume.name, mountPath: migratePath, readOnly: true }],
  };
}

interface Patience {
  /**
   * Whether it fails after ten minutes, for a Job, which is tried again.
   * @default false: it waits as long as it takes, for a server. Only what is broken ends it
   */
  readonly givesUp?: boolean;
}

/** What the program needs to know, as arguments of Python. */
function argumentsFor({ environment }: WorkloadChart, { givesUp = false }: Patience = {}): string {
  const databases = applicationDatabases(environment);
  return [
    ...(givesUp ? ['gives_up=True'] : []),
    ...(databases.length > 0 ? [`also=${JSON.stringify(databases)}`] : []),
  ].join(', ');
}

/** Waits until Postgres accepts a connection to each database of the application. */
export function waitForPostgres(chart: WorkloadChart, props: Patience = {}): HardenedContainer {
  return applicationContainer(chart, {
    name: 'wait-for-postgres',
    ...waitOrMigrate(`wait_for_postgres(${argumentsFor(chart, props)})`),
  });
}

/** Waits until the schema is the one that the code expects. The tools know this gate by its name. */
export function waitForMigrations(chart: WorkloadChart, props: Patience = {}): HardenedContainer {
  return applicationContainer(chart, {
    name: 'wait-for-migrations',
    ...waitOrMigrate(`wait_for_migrations(${argumentsFor(chart, props)})`),
  });
}

/** Migrates the schema to the one that the code expects, as soon as no other transaction holds a lock that it needs. */
function migrate(chart: WorkloadChart): HardenedContainer {
  return applicationContainer(
    chart,
    { name: 'migrate', ...waitOrMigrate(`migrate(${argumentsFor(chart)})`) },
    'migrator',
  );
}

/** What a migration does, one after the other: `migrate`, then the steps that the application adds. */
export function migrationSteps(chart: WorkloadChart): NonEmpty<HardenedContainer> {
  const { migrationSteps = [] } = chart.environment.application;
  const added = migrationSteps.map((command, index) =>
    applicationContainer(
      chart,
      { name: `step-${index + 2}-${containerName(command)}`, command: manage(command) },
      'migrator',
    ),
  );
  return [migrate(chart), ...added];
}

/** Makes the search index equal to Postgres, as soon as Elasticsearch answers. */
export function rebuildIndex(chart: WorkloadChart, command: ManageCommand): HardenedContainer {
  return applicationContainer(
    chart,
    {
      name: 'rebuild-index',
      command: manage(command),
      // It only reads, so nobody waits behind it: it need not give up a lock as a migration must.
      env: [{ name: 'PGOPTIONS', value: '-c lock_timeout=0' }],
    },
    'migrator',
  );
}
