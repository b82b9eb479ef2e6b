import type { k8s } from 'cdk8s-plus-27';
import { hostsOf } from '../../environments/address.ts';
import type { ManageCommand } from '../../environments/contract.ts';
import { credentialsOf } from '../../environments/credentials.ts';
import type { AnyEnvironment, Size } from '../../environments/environment.ts';
import { ImpossibleValue } from '../../environments/rules.ts';
import { type HardenedContainer, type HardenedPodProps, hardenedPod } from './hardened-pod.ts';
import { mailSettings } from './mail.ts';
import { mediaMounts, mediaUsed, mediaVolumes, toMedia } from './media.ts';
import { toDns } from './outside.ts';
import { applicationSecrets, credentialFile, credentialVariable, secretFiles } from './secret-file.ts';
import type { ApplicationRole } from './users.ts';
import type { Outgoing, Used, Workload } from './workload.ts';
import type { WorkloadChart } from './workload-chart.ts';

/** Claim through which dev's pods get the source folder of the developer's machine. */
export const sourceClaim = 'source';

const sourcePath = '/srv/coped';
const commandSize: Size = { cpuMillicores: 50, memoryMebibytes: 256 };

/** The volume with the program that waits or migrates; a pod whose containers run it has the volume. */
export const migrateVolume = { name: 'migrate-program', configMap: { name: 'migrate' } } satisfies k8s.Volume;

/** Hosts to which Django answers; probes use the first one. */
export function allowedHosts(environment: AnyEnvironment): [string, ...string[]] {
  const { address } = environment;
  return address.kind === 'local' ? ['localhost', '127.0.0.1'] : [...hostsOf(address)];
}

/** The address that visitors type. */
export function siteUrl(environment: AnyEnvironment): string {
  const { address } = environment;
  return address.kind === 'local' ? `http://localhost:${address.port}` : `https://${address.host}`;
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
  return [
    ...used(environment, workloads, 'application').map(({ connection }) => connection),
    ...toMedia(environment),
    ...toDns(environment),
  ];
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
      },
      files: [],
    },
    mediaUsed(environment),
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
  return settings.map(([name, value]) => {
    if (typeof value === 'string') return { name, value };
    return credentialsAs === 'files'
      ? { name: `${name}_FILE`, value: `${applicationSecrets}/${name}` }
      : credentialVariable(name, value.credential);
  });
}

function refuseTaken(variables: readonly k8s.EnvVar[]): void {
  const names = variables.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ImpossibleValue(
      `environments/application.ts sets ${twice}, which the charts set; expected another name: docs/application-contract.md lists those that are taken`,
    );
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
  const env = [...variables(chart, role), ...(container.env ?? [])];
  refuseTaken(env);
  return {
    size: commandSize,
    ...container,
    image: environment.images.web,
    env,
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
  const { environment } = chart;
  const mounted = new Set(
    [...(props.initContainers ?? []), ...props.containers].flatMap(({ volumeMounts }) =>
      (volumeMounts ?? []).map(({ name }) => name),
    ),
  );
  const roles = (Object.keys(volumeOf) as ApplicationRole[]).filter((role) => mounted.has(volumeOf[role]));
  const source = { name: 'source', persistentVolumeClaim: { claimName: sourceClaim, readOnly: true } };
  return hardenedPod(chart, {
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

/** A command of `manage.py`, as a container runs it. */
export function manage(command: ManageCommand): string[] {
  return ['python', 'manage.py', ...command];
}

/** What a container that runs such a command is called. */
export function containerName([command]: ManageCommand): string {
  return command.replaceAll('_', '-');
}
