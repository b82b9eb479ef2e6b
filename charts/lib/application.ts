import type { k8s } from 'cdk8s-plus-27';
import type { ManageCommand } from '../../environments/contract.ts';
import { credentialsOf } from '../../environments/credentials.ts';
import type { AnyEnvironment, NonEmpty, Size } from '../../environments/environment.ts';
import { applicationDatabases } from '../configuration/databases.ts';
import { type HardenedContainer, type HardenedPodProps, hardenedPod } from './hardened-pod.ts';
import { mailSettings } from './mail.ts';
import { mediaMounts, mediaSettings, mediaVolumes } from './media.ts';
import { dns } from './outside.ts';
import { applicationSecrets, credentialFile, credentialVariable, secretFiles } from './secret-file.ts';
import type { ApplicationRole } from './users.ts';
import type { Outgoing, Used, Workload } from './workload.ts';
import type { WorkloadChart } from './workload-chart.ts';

/** Claim through which dev's pods get the source folder of the developer's machine. */
export const sourceClaim = 'source';

const sourcePath = '/srv/coped';
const commandSize: Size = { cpuMillicores: 50, memoryMebibytes: 256 };

/** The program that waits or migrates, of charts/configuration/; it needs nothing of the application. */
export const migrateProgram = 'wait_or_migrate.py';
const migratePath = '/run/migrate';
/** The volume with that program; a pod whose containers run it has the volume. */
export const migrateVolume = { name: 'migrate-program', configMap: { name: 'migrate' } } satisfies k8s.Volume;

/** Hosts to which Django answers; probes use the first one. */
export function allowedHosts(environment: AnyEnvironment): [string, ...string[]] {
  return environment.address.kind === 'ingress' ? [environment.address.host] : ['localhost', '127.0.0.1'];
}

/** The address that visitors type. */
export function siteUrl(environment: AnyEnvironment): string {
  const { address } = environment;
  return address.kind === 'ingress' ? `https://${address.host}` : `http://localhost:${address.port}`;
}

/** What the application uses, as the environment's workloads say it in `forApplication`. */
function used(
  environment: AnyEnvironment,
  workloads: readonly Workload[],
  role: ApplicationRole,
): readonly Used[] {
  return workloads.flatMap(({ forApplication }) => forApplication?.(environment, role) ?? []);
}

/** Connections that every workload of the application opens. */
export function applicationConnections(
  environment: AnyEnvironment,
  workloads: readonly Workload[],
): Outgoing[] {
  return [...used(environment, workloads, 'application').map(({ connection }) => connection), ...dns];
}

/** The settings and files that the Django project gets; docs/application-contract.md lists them. */
function given(
  { environment, workloads }: WorkloadChart,
  role: ApplicationRole,
): Pick<Used, 'settings' | 'files'>[] {
  return [
    {
      settings: {
        DEBUG: environment.debug ? '1' : '0',
        DJANGO_ALLOWED_HOSTS: allowedHosts(environment).join(' '),
        SITE_URL: siteUrl(environment),
        SECRET_KEY: { credential: 'SECRET_KEY' },
        ...mediaSettings(environment),
      },
      files: [],
    },
    ...used(environment, workloads, role),
    { settings: mailSettings(environment), files: [] },
    { settings: ownSettings(environment), files: [] },
  ];
}

/** The settings of its own file, but for credentials that the environment does not need. */
function ownSettings(environment: AnyEnvironment): Used['settings'] {
  const needed = credentialsOf(environment);
  const settings = Object.entries(environment.application.settings ?? {});
  return Object.fromEntries(
    settings.filter(([, value]) => typeof value === 'string' || needed.includes(value.credential)),
  );
}

function variables(chart: WorkloadChart, role: ApplicationRole): k8s.EnvVar[] {
  const { credentialsAs } = chart.environment.application;
  const settings = given(chart, role).flatMap((each) => Object.entries(each.settings));
  const names = settings.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(
      `environments/application.ts sets ${twice}, which the charts set; expected another name: docs/application-contract.md lists those that are taken`,
    );
  return settings.map(([name, value]) => {
    if (typeof value === 'string') return { name, value };
    return credentialsAs === 'files'
      ? { name: `${name}_FILE`, value: `${applicationSecrets}/${name}` }
      : credentialVariable(name, value.credential);
  });
}

function files(chart: WorkloadChart, role: ApplicationRole): k8s.VolumeProjection[] {
  const { credentialsAs } = chart.environment.application;
  return given(chart, role).flatMap(({ settings, files }) => [
    ...Object.entries(settings).flatMap(([name, value]) =>
      typeof value === 'string' || credentialsAs === 'variables'
        ? []
        : credentialFile(value.credential, name),
    ),
    ...files,
  ]);
}

/** A container of the web image with the application's settings, credentials and, in dev, live source. */
export function applicationContainer(
  chart: WorkloadChart,
  container: Omit<HardenedContainer, 'image' | 'size'> & { readonly size?: Size },
  role: ApplicationRole = 'application',
): HardenedContainer {
  const { environment } = chart;
  return {
    size: commandSize,
    ...container,
    image: environment.images.web,
    env: [...variables(chart, role), ...(container.env ?? [])],
    volumeMounts: [
      { name: volumeOf[role], mountPath: applicationSecrets, readOnly: true },
      ...(environment.liveEdit ? [{ name: 'source', mountPath: sourcePath, readOnly: true }] : []),
      ...mediaMounts(environment),
      ...(container.volumeMounts ?? []),
    ],
  };
}

const volumeOf: Record<ApplicationRole, string> = {
  application: 'credentials',
  migrator: 'migrator-credentials',
};

/** A pod with such containers, with the credentials of their roles and the program that they run. */
export function applicationPod(chart: WorkloadChart, props: HardenedPodProps): k8s.PodSpec {
  const { environment, workload } = chart;
  const mounted = new Set(
    [...(props.initContainers ?? []), ...props.containers].flatMap(({ volumeMounts }) =>
      (volumeMounts ?? []).map(({ name }) => name),
    ),
  );
  const roles = (Object.keys(volumeOf) as ApplicationRole[]).filter((role) => mounted.has(volumeOf[role]));
  const source = { name: 'source', persistentVolumeClaim: { claimName: sourceClaim, readOnly: true } };
  return hardenedPod(workload, {
    ...props,
    volumes: [
      ...roles.map((role) => secretFiles(volumeOf[role], files(chart, role))),
      ...(environment.liveEdit ? [source] : []),
      ...mediaVolumes(environment),
      ...(mounted.has(migrateVolume.name) ? [migrateVolume] : []),
      ...(props.volumes ?? []),
    ],
  });
}

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

/** A command of `manage.py`, as a container runs it. */
export function manage(command: ManageCommand): string[] {
  return ['python', 'manage.py', ...command];
}

/** What a container that runs such a command is called. */
export function containerName([command]: ManageCommand): string {
  return command.replaceAll('_', '-');
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
