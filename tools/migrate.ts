import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { migrationJob } from '../charts/migration.ts';
import { type EnvironmentName, environments } from '../environments/all.ts';
import type { AnyEnvironment, LocalImage } from '../environments/environment.ts';
import { type Cluster, chooseCluster, get, type TargetOptions } from './cluster.ts';
import { requirePrograms } from './programs.ts';
import { missingCredentials } from './secrets.ts';
import { UserError } from './user-error.ts';
import { progressReport, waitUntilReady } from './wait.ts';
import { blockingContainer, type ContainerStatus, type Pod } from './workloads.ts';

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

interface Job {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/**
 * `npm run migrate -- ENVIRONMENT`: brings schema and index to what the deployed version of the application wants, by
 * a Job whose log it shows.
 *
 * @throws UserError when the environment is not deployed, has no credentials, or the Job fails
 */
export async function migrateCommand(
  name: EnvironmentName,
  options: TargetOptions & { readonly again: boolean; readonly timeout: number },
): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This migrates the database of ${name}`, options);
  const { namespace } = environments[name];
  const image = await deployedImage(cluster, name);
  const missing = await missingCredentials(cluster, environments[name]);
  if (missing.length > 0) {
    throw new UserError(
      `${namespace} lacks ${missing.join(', ')}; see: npm run secrets -- ${name} --env-file FILE`,
    );
  }

  const job = migrationJob(withWebImage(environments[name], image));
  const reference = [`job/${job.name}`, '--namespace', namespace];
  const before = outcome(await get<Job>(cluster, reference));
  if (before === 'complete' && !options.again) {
    console.log(`${job.name} has already migrated to ${image}; its log:`);
    await showLog(cluster, namespace, job.name);
    console.log('nothing to do; --again runs it once more');
    return;
  }
  if (before === 'complete' || before === 'failed') await cluster.kubectl(['delete', ...reference]);
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(job.manifest) });
  console.log(`${job.name} migrates ${namespace} to ${image}`);

  const progress = progressReport();
  const end = waitUntilReady(cluster, namespace, [{ kind: 'Job', name: job.name }], {
    timeoutSeconds: options.timeout,
    endsAtGate: false,
    report: (states) => {
      const news = progress(
        states.filter(({ pod }) => pod === undefined || blockingContainer(pod)?.state.running === undefined),
      );
      if (news) console.log(news);
    },
  });
  const log = showLog(cluster, namespace, job.name);
  try {
    await end;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\nmigrations that the log calls OK stay applied; mend the cause, then run this again`,
    );
  }
  await log;
  console.log(`${job.name} succeeded: the web pods that waited for it start now`);
}

async function deployedImage(cluster: Cluster, name: EnvironmentName): Promise<LocalImage> {
  const { namespace } = environments[name];
  const deployment = await get<Deployment>(cluster, ['deployment/web', '--namespace', namespace]);
  const image = deployment?.spec.template.spec.containers[0]?.image;
  if (image === undefined) {
    throw new UserError(
      `${name} is not deployed in "${cluster.context}": there is no Deployment web in ${namespace}\n` +
        `deploy it first: npm run up -- ${name} (local cluster), or kubectl apply -f dist/${name === 'dev' ? '' : `${name}/`}`,
    );
  }
  return image as LocalImage;
}

function withWebImage(environment: AnyEnvironment, web: LocalImage): AnyEnvironment {
  switch (environment.kind) {
    case 'dev':
      return { ...environment, images: { ...environment.images, web } };
    case 'staging':
      return { ...environment, images: { ...environment.images, web } };
    case 'production':
      return { ...environment, images: { ...environment.images, web } };
  }
}

function outcome(job: Job | undefined): 'absent' | 'running' | 'complete' | 'failed' {
  if (!job) return 'absent';
  const conditions = job.status?.conditions ?? [];
  const has = (type: string) =>
    conditions.some((condition) => condition.type === type && condition.status === 'True');
  return has('Complete') ? 'complete' : has('Failed') ? 'failed' : 'running';
}

/** Shows the logs of the Job's pods, container after container, as they are written; ends when the Job does. */
async function showLog(cluster: Cluster, namespace: string, job: string): Promise<void> {
  const shown = new Set<string>();
  for (;;) {
    const before = outcome(await get<Job>(cluster, [`job/${job}`, '--namespace', namespace]));
    const list = await get<{ items: Pod[] }>(cluster, [
      'pods',
      '--namespace',
      namespace,
      '--selector',
      `batch.kubernetes.io/job-name=${job}`,
    ]);
    for (const pod of list?.items ?? []) {
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
