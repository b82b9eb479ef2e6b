import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { type Cluster, get } from './cluster.ts';
import { UserError } from './user-error.ts';
import { progressReport, waitUntilReady } from './wait.ts';
import { blockingContainer, type ContainerStatus, type Pod } from './workloads.ts';

/** What is read of a Job that is there. */
export interface Job {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** What is read and changed of a CronJob's template. */
export interface JobTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly backoffLimit?: number;
    readonly template: { readonly metadata?: object; readonly spec: PodTemplate };
  };
}

export interface PodTemplate {
  readonly containers: readonly { readonly name: string; readonly command: readonly string[] }[];
  readonly volumes: readonly { readonly name: string }[];
}

export function outcome(job: Job | undefined): 'absent' | 'running' | 'complete' | 'failed' {
  if (!job) return 'absent';
  const conditions = job.status?.conditions ?? [];
  const has = (type: string) =>
    conditions.some((condition) => condition.type === type && condition.status === 'True');
  return has('Complete') ? 'complete' : has('Failed') ? 'failed' : 'running';
}

/** The template of a CronJob, or undefined when there is no such CronJob. */
export async function cronJobTemplate(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<JobTemplate | undefined> {
  const found = await get<{ spec: { jobTemplate: JobTemplate } }>(cluster, [
    `cronjob/${name}`,
    '--namespace',
    namespace,
  ]);
  return found?.spec.jobTemplate;
}

/** A Job of that template, tried once, and removed a day after its end. */
export function jobFrom(
  { metadata, spec }: JobTemplate,
  namespace: string,
  name: string,
  change: (pod: PodTemplate) => PodTemplate = (pod) => pod,
): { readonly metadata: { readonly name: string } } {
  const manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata, name, namespace },
    spec: {
      ...spec,
      backoffLimit: 0,
      ttlSecondsAfterFinished: 24 * 3600,
      template: { ...spec.template, spec: change(spec.template.spec) },
    },
  };
  return manifest;
}

/** Seconds since 1970 in 36 digits: short, and later ones come later. */
export function jobSuffix(): string {
  return new Date().toISOString().replaceAll(/[-:T]|\..*/g, '');
}

/**
 * Runs a Job and shows its log until it ends.
 *
 * @throws UserError with the reason that its container gave, when it fails or does not end in time
 */
export async function runJob(
  cluster: Cluster,
  namespace: string,
  manifest: { readonly metadata: { readonly name: string } },
  timeoutSeconds: number,
): Promise<void> {
  const { name } = manifest.metadata;
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(manifest) });
  const progress = progressReport();
  const end = waitUntilReady(cluster, namespace, [{ kind: 'Job', name }], {
    timeoutSeconds,
    endsAtGate: false,
    report: (states) => {
      const news = progress(
        states.filter(({ pod }) => pod === undefined || blockingContainer(pod)?.state.running === undefined),
      );
      if (news) console.log(news);
    },
  });
  const log = showLog(cluster, namespace, name);
  try {
    await end;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = await reasonOf(cluster, namespace, name);
    throw reason === undefined ? error : new UserError(`${name} failed: ${reason}`);
  }
  await log;
}

/** What the container that failed last has left as its reason. */
export async function reasonOf(
  cluster: Cluster,
  namespace: string,
  job: string,
): Promise<string | undefined> {
  const pods = await podsOf(cluster, namespace, job);
  const messages = pods.flatMap((pod) => containers(pod)).map(({ state }) => state.terminated?.message);
  return messages.filter((message) => message !== undefined).at(-1);
}

async function podsOf(cluster: Cluster, namespace: string, job: string): Promise<readonly Pod[]> {
  const selector = `batch.kubernetes.io/job-name=${job}`;
  const list = await get<{ items: Pod[] }>(cluster, ['pods', '--namespace', namespace, '--selector', selector]);
  return list?.items ?? [];
}

/** Shows the logs of the Job's pods, container after container, as they are written; ends when the Job does. */
export async function showLog(cluster: Cluster, namespace: string, job: string): Promise<void> {
  const shown = new Set<string>();
  for (;;) {
    const before = outcome(await get<Job>(cluster, [`job/${job}`, '--namespace', namespace]));
    for (const pod of await podsOf(cluster, namespace, job)) {
      for (const container of containers(pod)) {
        const key = `${pod.metadata.name}/${container.name}`;
        if (shown.has(key) || container.state.waiting) continue;
        shown.add(key);
        console.log(`--- ${container.name}`);
        await execa(
          'kubectl',
          [
            '--context',
            cluster.context,
            'logs',
            '--follow',
            '--namespace',
            namespace,
            pod.metadata.name,
            '--container',
            container.name,
          ],
          // A log that breaks off says nothing of the Job.
          { stdout: 'inherit', stderr: 'inherit', reject: false },
        );
      }
    }
    if (before !== 'running') return;
    await delay(500);
  }
}

function containers(pod: Pod): ContainerStatus[] {
  return [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
}
