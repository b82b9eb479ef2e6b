import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  LISTR_LOGGER_STDERR_LEVELS,
  Listr,
  ListrLogger,
  ListrLogLevels,
  type ListrTask,
  type LoggerFieldOptions,
  PRESET_TIMER,
} from 'listr2';
import { siteUrl } from '../../charts/lib/application.ts';
import { appOf } from '../../charts/synthesize.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { providedCredentials } from '../../environments/credentials.ts';
import type { LocalEnvironment, LocalImage } from '../../environments/environment.ts';
import { type ImageName, imageNames } from '../../environments/images.ts';
import { removeSpent, restart } from '../cluster/apply.ts';
import { type Cluster, cluster, confirmLocalCluster, kindContext } from '../cluster/cluster.ts';
import { leftovers, leftoverWords } from '../cluster/leftovers.ts';
import { readManifests, workloadsAmong } from '../cluster/manifests.ts';
import type { Manifest } from '../cluster/objects.ts';
import { progressReport, waitUntilReady } from '../cluster/wait.ts';
import type { WorkloadState } from '../cluster/workloads.ts';
import { issuersOf } from '../credentials/messages.ts';
import { missingCredentials, provideSecrets } from '../credentials/secrets.ts';
import { imageNamesOf, localEnvironment } from '../local/environments.ts';
import { buildImage, type LocalImageBuild, loadImage, localImages } from '../local/images.ts';
import { ensureLocalCluster, localClusterState, remember, sayThatItBoots } from '../local/kind.ts';
import { memoryOfApplication } from '../local/memory.ts';
import { localObjectStore, provideAuthority } from '../local/object-store.ts';
import { requirePrograms, root, run } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { readEnvFile, requireProvidedCredentials } from './secrets.ts';

export interface UpOptions {
  readonly envFile?: string | undefined;
  readonly replace: boolean;
  readonly timeout: number;
  readonly yes: boolean;
}

/** What the steps of `up` pass to each other. */
interface Context {
  /** References under which pods may run an older image. */
  readonly replaced: Set<string>;
  /** What to record about the images once their pods are restarted. */
  readonly notes: Record<string, string>;
  secretsReplaced: boolean;
  manifests: readonly Manifest[];
  states: readonly WorkloadState[];
}

/** `npm run up -- [ENVIRONMENT]`: brings an environment up on the local cluster, and waits until it works. */
export async function upCommand(name: EnvironmentName, options: UpOptions): Promise<void> {
  // Mistakes in the options are reported before anything is changed.
  if (options.envFile !== undefined) requireProvidedCredentials(name);
  await requirePrograms('docker', 'kind', 'kubectl');
  await confirmLocalCluster(options.yes);
  const local = cluster(kindContext);
  const state = await localClusterState(local, sayThatItBoots);
  const hasBackups = environments[name].kind !== 'dev';
  const objectStore = state === 'answers' && hasBackups ? await localObjectStore(local) : undefined;
  const all = localImages(environments[name].kind, imageNames);
  const used = imageNamesOf(name);
  const images = all.filter((image) => used.includes(image.name));
  const environment = localEnvironment(name, (image) => referenceOf(all, image), objectStore);
  const needed = providedCredentials(environment);
  const provided = options.envFile === undefined ? undefined : readEnvFile(options.envFile, name, needed);
  if (provided === undefined)
    await requireCredentials(state === 'answers' ? local : undefined, name, environment);
  const { namespace } = environment;
  const folder = name === 'dev' ? 'dist' : join('.local', name);

  const tasks = new Listr<Context>(
    [
      {
        title: 'Local cluster',
        task: async (_, task) => {
          const result = await ensureLocalCluster(state, (line) => {
            task.output = line;
          });
          task.title = `Local cluster: ${result}`;
        },
      },
      { title: 'Images', task: (_, task) => task.newListr(images.map((image) => imageTask(local, image))) },
      {
        title: `Manifests of ${name} in ${folder}/`,
        task: async (context) => {
          if (name === 'dev') {
            await run('cdk8s', ['synth', '--no-check-upgrade']);
          } else {
            rmSync(join(root, folder), { recursive: true, force: true });
            appOf(environment, join(root, folder)).synth();
          }
          context.manifests = readManifests(join(root, folder));
        },
      },
      {
        title: 'Object store of the local cluster: backups go there',
        enabled: () => objectStore !== undefined,
        task: () => provideAuthority(local, environment),
      },
      {
        title: 'Secrets from the env file',
        enabled: () => provided !== undefined,
        task: async (context, task) => {
          if (!provided) return;
          const done = await provideSecrets(local, environment, provided, options.replace);
          context.secretsReplaced = done.some((line) => line.startsWith('replaced'));
          task.output = done.join(', ');
        },
      },
      {
        title: `kubectl apply -f ${folder}/`,
        task: async (context) => {
          const { manifests, replaced, secretsReplaced, notes } = context;
          await removeSpent(local, namespace, manifests);
          await local.kubectl(['apply', '--filename', folder]);
          const isConcerned = (used: readonly string[]) =>
            secretsReplaced || used.some((image) => replaced.has(image));
          await restart(local, namespace, manifests, isConcerned);
          await remember(local, notes);
        },
      },
      {
        title: 'Everything ready',
        task: async (context, task) => {
          const progress = progressReport(process.stdout.isTTY);
          task.title = 'Waiting until everything is ready';
          context.states = await waitUntilReady(local, namespace, workloadsAmong(context.manifests), {
            timeoutSeconds: options.timeout,
            endsAtGate: environment.migrations === 'by-command',
            report: (states) => {
              const news = progress(states);
              if (news) task.output = news;
            },
          });
          const waiting = context.states.filter(isWaiting).map((state) => state.name);
          task.title =
            waiting.length > 0
              ? `Everything ready but ${waiting.join(', ')}: migrations are pending`
              : 'Everything ready';
        },
      },
    ],
    {
      exitOnError: true,
      ctx: { replaced: new Set(), notes: {}, secretsReplaced: false, manifests: [], states: [] },
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
      fallbackRendererOptions: {
        timer: PRESET_TIMER,
        logger: new StepLogger({ toStderr: LISTR_LOGGER_STDERR_LEVELS }),
      },
    },
  );
  const context = await tasks.run();
  if (hasBackups && !objectStore)
    console.log(`\nthe local cluster has no object store, so this ${name} makes no backups`);
  const memory = await memoryOfApplication(local, environment);
  if (memory !== undefined) console.log(`\n${memory}`);
  const left = leftoverWords(namespace, await leftovers(local, environment, context.manifests));
  if (left) console.log(`\n${left.detail}\n${left.remedy}`);
  const waiting = context.states.filter(isWaiting);
  if (waiting.length > 0) {
    console.log(
      `\n${name} never migrates by itself: ${waiting.map((state) => `${state.name} ${state.detail}`).join('; ')}\n` +
        `run the migrations with:\n  npm run migrate -- ${name}\n` +
        `and find the site then at ${siteUrl(environment)}`,
    );
  } else {
    console.log(`\n${name} is up: ${siteUrl(environment)}`);
  }
}

/** Says which step failed; why is said once, by the error that ends the command. */
class StepLogger extends ListrLogger {
  override log(level: string, message: string | string[], options?: LoggerFieldOptions): void {
    super.log(level, message, level === ListrLogLevels.FAILED ? undefined : options);
  }
}

/** If no file is given, the credentials that a person provides must already exist. */
async function requireCredentials(
  local: Cluster | undefined,
  name: EnvironmentName,
  environment: LocalEnvironment,
): Promise<void> {
  const needed = providedCredentials(environment);
  if (needed.length === 0) return;
  const missing = local ? await missingCredentials(local, environment) : needed;
  if (missing.length === 0) return;
  const lack = [`${name} lacks ${missing.join(', ')} in the local cluster`, ...issuersOf(missing)].join('; ');
  const [remedy, file] =
    missing.length < needed.length
      ? ['put what is missing into the env file that you have, as lines NAME=value', 'FILE']
      : [`make an env file with: npm run secrets -- ${name} --new ${name}.env`, `${name}.env`];
  throw new UserError(`${lack}\n${remedy}; then run: npm run up -- ${name} --env-file ${file}`);
}

function isWaiting({ state }: WorkloadState): boolean {
  return state === 'waiting-for-migrations';
}

function referenceOf(images: readonly LocalImageBuild[], name: ImageName): LocalImage {
  const image = images.find((candidate) => candidate.name === name);
  if (!image) throw new Error(`no build of the image ${name}`);
  return image.reference;
}

const loadResult = {
  there: 'in the cluster already',
  loaded: 'loaded into the cluster',
  replaced: 'loaded into the cluster in place of an older one',
  'left to the node': 'kind could not load it, so the node pulls it by itself',
};

function imageTask(local: Cluster, image: LocalImageBuild): ListrTask<Context> {
  return {
    title: image.name,
    task: async (context, task) => {
      if (!process.stdout.isTTY) task.output = `docker ${image.command[0]}`;
      const built = await buildImage(image, (line) => {
        // Elsewhere than on a terminal it would stay, and the error shows its end again.
        if (process.stdout.isTTY) task.output = line;
      });
      const loaded = await loadImage(local, image, () => {
        task.output = 'kind loads it into the cluster';
      });
      if (loaded.result === 'replaced') context.replaced.add(image.reference);
      Object.assign(context.notes, loaded.notes);
      task.title = `${image.name}: ${built}, ${loadResult[loaded.result]}`;
    },
  };
}
