import { execa } from 'execa';
import type { SingleJob } from '../../charts/jobs-by-command.ts';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import type { AnyEnvironment, Environment, LocalImage } from '../../environments/environment.ts';
import { howToProvide } from '../credentials/messages.ts';
import { missingCredentials } from '../credentials/secrets.ts';
import { localEnvironment, upLine } from '../local/environments.ts';
import { UserError } from '../terminal/user-error.ts';
import { type Cluster, get, list } from './cluster.ts';
import { type Deployment, holds, type Job, type Pod } from './objects.ts';
import { blockingContainer, containerStatuses } from './pods.ts';
import { until } from './until.ts';
import { progressReport, waitUntilReady } from './wait.ts';

export type JobState = 'absent' | 'running' | 'complete' | 'failed';

/** The state of the Job in the cluster. */
export async function jobState(cluster: Cluster, namespace: string, name: string): Promise<JobState> {
  const job = await get<Job>(cluster, [`job/${name}`, '--namespace', namespace]);
  if (!job) return 'absent';
  const conditions = job.status?.conditions;
  return holds('Complete', conditions) ? 'complete' : holds('Failed', conditions) ? 'failed' : 'running';
}

/**
 * Runs the Job and shows its log until it ends. A Job with the same name is replaced if it has ended, and followed if it
 * runs.
 *
 * @throws UserError when the Job fails or does not end in time
 */
export async function runJob(
  cluster: Cluster,
  namespace: string,
  job: SingleJob,
  timeoutSeconds: number,
): Promise<void> {
  const before = await jobState(cluster, namespace, job.name);
  if (before === 'complete' || before === 'failed')
    await cluster.kubectl(['delete', `job/${job.name}`, '--namespace', namespace]);
  await cluster.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(job.manifest) });

  const progress = progressReport(false);
  const end = waitUntilReady(cluster, namespace, [{ kind: 'Job', name: job.name }], {
    timeoutSeconds,
    endsAtGate: false,
    report: (states) => {
      const news = progress(
        states.filter(({ pod }) => pod === undefined || blockingContainer(pod)?.state?.running === undefined),
      );
      if (news) console.log(news);
    },
  });
  const log = showLog(cluster, namespace, job.name);
  await end;
  await log;
}

/** Shows the logs of the Job's pods, one container after the other, until the Job ends. */
export async function showLog(cluster: Cluster, namespace: string, job: string): Promise<void> {
  const shown = new Set<string>();
  const selector = ['--selector', `batch.kubernetes.io/job-name=${job}`];
  await until(
    Number.POSITIVE_INFINITY,
    async () => {
      const before = await jobState(cluster, namespace, job);
      for (const pod of await list<Pod>(cluster, ['pods', '--namespace', namespace, ...selector])) {
        for (const { name, state } of containerStatuses(pod)) {
          const key = `${pod.metadata.name}/${name}`;
          if (shown.has(key) || state?.waiting) continue;
          shown.add(key);
          console.log(`--- ${name}`);
          await followLog(cluster, namespace, pod.metadata.name, name);
        }
      }
      return before === 'running' ? { waits: before } : { done: true };
    },
    (waits) => `the Job ${job} is ${waits}`,
  );
}

/** The end of a log does not mean the end of the Job. */
async function followLog(cluster: Cluster, namespace: string, pod: string, container: string): Promise<void> {
  const which = ['--namespace', namespace, pod, '--container', container];
  const shown = { stdout: 'inherit', stderr: 'inherit', reject: false } as const;
  await execa('kubectl', ['--context', cluster.context, 'logs', '--follow', ...which], shown);
}

/**
 * The environment as it is deployed, with the image of its application, for a Job that must match it.
 *
 * @throws UserError when it is not deployed, or has no credentials
 */
export async function deployedEnvironment(cluster: Cluster, name: EnvironmentName): Promise<AnyEnvironment> {
  const environment = asDeployed(environments[name], await deployedImage(cluster, name));
  // The application does not use the credentials of the backups, which a local cluster need not have.
  const missing = (await missingCredentials(cluster, environment)).filter(
    (credential) => !credential.startsWith('BACKUP_'),
  );
  if (missing.length > 0) {
    throw new UserError(
      `${environment.namespace} lacks ${missing.join(', ')}; see: ${howToProvide(name, environment, cluster.context)}`,
    );
  }
  return environment;
}

/** The environment that runs this image of the application: one without a digest is of a trial on a local cluster. */
export function asDeployed(environment: Environment, image: LocalImage): AnyEnvironment {
  const isTrial = !image.includes('@sha256:');
  return withWebImage(isTrial ? localEnvironment(environment, () => image, undefined) : environment, image);
}

async function deployedImage(cluster: Cluster, name: EnvironmentName): Promise<LocalImage> {
  const { namespace } = environments[name];
  const deployment = await get<Deployment>(cluster, ['deployment/web', '--namespace', namespace]);
  const image = deployment?.spec.template.spec?.containers[0]?.image;
  if (image === undefined) {
    throw new UserError(
      `${name} is not deployed in "${cluster.context}": there is no Deployment web in ${namespace}\n` +
        `deploy it first: ${upLine(name, cluster.context)} (a local cluster), or kubectl --context ${cluster.context} apply -f ${manifestsFolder(name)}/`,
    );
  }
  return image as LocalImage;
}

/** The environment with another image of the application. */
export function withWebImage(environment: AnyEnvironment, web: LocalImage): AnyEnvironment {
  switch (environment.kind) {
    case 'dev':
      return { ...environment, images: { ...environment.images, web } };
    case 'staging':
      return { ...environment, images: { ...environment.images, web } };
    case 'production':
      return { ...environment, images: { ...environment.images, web } };
  }
}
