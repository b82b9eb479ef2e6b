import type { k8s } from 'cdk8s-plus-27';
import type { Application, Heartbeat, Process } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { applicationConnections, applicationContainer, applicationPod } from './application.ts';
import { Deployment, replicasIn } from './deployment.ts';
import { toMail } from './mail.ts';
import { waitForMigrations } from './migrations.ts';
import { toReached } from './outside.ts';
import type { Workload } from './workload.ts';
import type { WorkloadChart } from './workload-chart.ts';

/** Place of the processes' files in dist/: after that of web. */
const order = 51;

/** The processes of the web image beside the server, each a workload. Nobody connects to them. */
export function processes({ application }: AnyEnvironment): Workload[] {
  const { processes = {} }: Application = application;
  return Object.entries(processes).map(([name, process]) => workloadOf(name, process));
}

function workloadOf(name: string, process: Process): Workload {
  return {
    name,
    description: process.description,
    order,
    tier: 'web',
    ports: {},
    opens: (environment, workloads) => [
      ...applicationConnections(environment, workloads),
      ...toMail(environment),
      ...toReached(environment, process.reaches),
    ],
    objects: (chart) => {
      new Deployment(chart, 'deployment', {
        ...replicasIn(chart.environment, process.replicas),
        pod: pod(chart, name, process),
      });
    },
  };
}

function pod(chart: WorkloadChart, name: string, process: Process): k8s.PodSpec {
  const { debug } = chart.environment;
  const { command, cpuMillicores, memoryMebibytes, endsWithinSeconds } = process;
  return applicationPod(chart, {
    terminationGracePeriodSeconds: endsWithinSeconds,
    initContainers: [waitForMigrations(chart)],
    containers: [
      applicationContainer(chart, {
        name,
        size: { cpuMillicores, memoryMebibytes },
        command: debug ? ['python', '/srv/coped/dev/rerun.py', ...command] : [...command],
        // In dev, a process that a mistake has ended waits there for the next edit.
        ...(debug ? {} : probes(process)),
      }),
    ],
  });
}

/** A process that hangs is restarted after a minute; its start may take five. */
function probes({ alive }: Process): Pick<k8s.Container, 'startupProbe' | 'livenessProbe'> {
  const probe = {
    exec: { command: [...('file' in alive ? touched(alive) : alive.command)] },
    timeoutSeconds: 5,
  };
  return {
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
  };
}

/** Whether a file was touched in the last seconds. */
function touched({ file, withinSeconds }: Heartbeat): string[] {
  const age = `$(($(date +%s) - $(stat --format %Y ${file})))`;
  return ['sh', '-c', `[ "${age}" -lt ${withinSeconds} ]`];
}
