import { k8s } from 'cdk8s-plus-27';
import type { Application, Program, ProgramSetting } from '../../environments/contract.ts';
import { credentialsOf } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { allowedHosts, siteUrl } from './application.ts';
import { Deployment, replicasIn } from './deployment.ts';
import { emptyFolder, type HardenedContainer, hardenedPod } from './hardened-pod.ts';
import { toDns, toReached } from './outside.ts';
import { applicationSecrets, credentialFile, credentialVariable, secretFiles } from './secret-file.ts';
import { Service } from './service.ts';
import type { Used, Workload } from './workload.ts';
import type { WorkloadChart } from './workload-chart.ts';

/** Place of the programs' files in dist/: after those of the processes. */
const order = 52;

/** The programs that somebody else publishes, each a workload. nginx alone connects to them, if they have a route. */
export function programs({ application }: AnyEnvironment): Workload[] {
  const { programs = {} }: Application = application;
  return Object.entries(programs).map(([name, program]) => workloadOf(name, program));
}

function workloadOf(name: string, program: Program): Workload {
  const { description, port, route, reaches } = program;
  return {
    name,
    description,
    order,
    tier: 'web',
    ports: { http: port },
    opens: (environment, workloads) => [
      ...usedBy(program, environment, workloads).map(({ connection }) => ({
        ...connection,
        why: `${name} uses ${connection.to.name}`,
      })),
      ...toReached(environment, reaches),
      ...toDns(environment),
    ],
    route: () => route && { ...route, port },
    objects: (chart) => {
      new Service(chart, 'service', { targetPort: 'http' });
      new Deployment(chart, 'deployment', {
        ...replicasIn(chart.environment, program.replicas),
        pod: pod(chart, name, program),
      });
    },
  };
}

/** What the application's containers get of the workloads that the program uses too. */
function usedBy({ uses = [] }: Program, environment: AnyEnvironment, workloads: readonly Workload[]): Used[] {
  return workloads
    .filter(({ name }) => (uses as readonly string[]).includes(name))
    .flatMap(({ forApplication }) => forApplication?.(environment, 'application') ?? []);
}

function pod(chart: WorkloadChart, name: string, program: Program): k8s.PodSpec {
  const { writable = {}, image, command, args, cpuMillicores, memoryMebibytes, port } = program;
  const files = mountedFiles(chart, program);
  const folders = Object.entries(writable)
    .filter(([path]) => path !== '/tmp')
    .map(([mountPath, mebibytes], index) => ({ name: `writable-${index + 1}`, mountPath, mebibytes }));
  return hardenedPod(chart, {
    terminationGracePeriodSeconds: 45,
    tmpMebibytes: writable['/tmp'],
    containers: [
      {
        name,
        image,
        ...(command && { command: [...command] }),
        ...(args && { args: [...args] }),
        size: { cpuMillicores, memoryMebibytes },
        env: variables(chart, program),
        ports: [{ name: 'http', containerPort: port }],
        volumeMounts: [
          ...(files.length > 0 ? [{ name: 'files', mountPath: applicationSecrets, readOnly: true }] : []),
          ...folders.map(({ name, mountPath }) => ({ name, mountPath })),
        ],
        ...probes(chart.environment, program),
        // Requests still arrive until every node knows that the pod is ending.
        lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
      },
    ],
    volumes: [
      ...(files.length > 0 ? [secretFiles('files', files)] : []),
      ...folders.map(({ name, mebibytes }) => emptyFolder(name, mebibytes)),
    ],
  });
}

/** Its settings, but for credentials that the environment does not need. */
function settingsOf({ settings = {} }: Program, environment: AnyEnvironment): [string, ProgramSetting][] {
  const needed = credentialsOf(environment);
  return Object.entries(settings).filter(([, value]) => {
    if (typeof value === 'string') return true;
    return needed.includes('fileOf' in value ? value.fileOf : value.credential);
  });
}

/** Kubernetes replaces `$(NAME)` by the value of a variable that stands before. */
function variables({ environment, workloads }: WorkloadChart, program: Program): k8s.EnvVar[] {
  const given = usedBy(program, environment, workloads).flatMap(({ settings }) =>
    Object.entries(settings).filter(([, value]) => typeof value === 'string'),
  );
  const all: Readonly<Record<string, ProgramSetting>> = {
    SITE_URL: siteUrl(environment),
    ...Object.fromEntries(given),
    ...Object.fromEntries(settingsOf(program, environment)),
  };
  return Object.entries(all).map(([name, value]) => {
    if (typeof value === 'string') return { name, value };
    return 'fileOf' in value
      ? { name, value: `${applicationSecrets}/${value.fileOf}` }
      : credentialVariable(name, value.credential);
  });
}

function mountedFiles({ environment, workloads }: WorkloadChart, program: Program): k8s.VolumeProjection[] {
  const credentials = settingsOf(program, environment).flatMap(([, value]) =>
    typeof value === 'object' && 'fileOf' in value ? value.fileOf : [],
  );
  return [
    ...[...new Set(credentials)].map((name) => credentialFile(name, name)),
    ...usedBy(program, environment, workloads).flatMap(({ files }) => files),
  ];
}

function probes(
  environment: AnyEnvironment,
  { alive, ready, startsWithinSeconds }: Program,
): Pick<HardenedContainer, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> {
  const probe = (path: string) => ({
    httpGet: {
      path,
      port: k8s.IntOrString.fromString('http'),
      // As a visitor sends it: some programs answer to their own name only.
      httpHeaders: [{ name: 'Host', value: allowedHosts(environment)[0] }],
    },
    timeoutSeconds: 5,
  });
  return {
    startupProbe: { ...probe(alive), periodSeconds: 5, failureThreshold: Math.ceil(startsWithinSeconds / 5) },
    livenessProbe: { ...probe(alive), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...probe(ready), periodSeconds: 5, failureThreshold: 2 },
  };
}
