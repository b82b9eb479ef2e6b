import { resolve } from 'node:path';
import {
  LISTR_LOGGER_STDERR_LEVELS,
  Listr,
  ListrLogger,
  ListrLogLevels,
  type LoggerFieldOptions,
  PRESET_TIMER,
} from 'listr2';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { providedCredentials } from '../../environments/credentials.ts';
import type { LocalEnvironment, LocalImage } from '../../environments/environment.ts';
import { type ImageName, imageNames } from '../../environments/images.ts';
import { removeSpent, restart } from '../cluster/apply.ts';
import { type Cluster, confirmLocalCluster, kindContext } from '../cluster/cluster.ts';
import { leftovers, leftoverWords } from '../cluster/leftovers.ts';
import { readManifests, workloadsAmong } from '../cluster/manifests.ts';
import type { Manifest } from '../cluster/objects.ts';
import { progressReport, waitUntilReady } from '../cluster/wait.ts';
import type { WorkloadState } from '../cluster/workloads.ts';
import { issuersOf } from '../credentials/messages.ts';
import { missingCredentials, provideSecrets } from '../credentials/secrets.ts';
import { localAddressesOf, withAddresses } from '../local/addresses.ts';
import { findEngine } from '../local/engine.ts';
import { imageNamesOf, localEnvironment, upLine, writeManifests } from '../local/environments.ts';
import { type ImageContext, imageTask } from '../local/image-task.ts';
import { type LocalImageBuild, localImages } from '../local/images.ts';
import { inotifyWarning } from '../local/inotify.ts';
import { ensureLocalCluster, localClusterState, remember, sayThatItBoots } from '../local/kind.ts';
import { ownCluster } from '../local/local-cluster.ts';
import { memoryOfApplication } from '../local/memory.ts';
import { localObjectStore, provideAuthority } from '../local/object-store.ts';
import { otherCluster } from '../local/other-cluster.ts';
import { siteAt } from '../local/site.ts';
import { upWithoutPrograms } from '../local/without-programs.ts';
import { requirePrograms, root, synthesize } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { readEnvFile, requireProvidedCredentials } from './secrets.ts';

export interface UpOptions {
  /**
   * The context of another local cluster.
   * @default the cluster that kind.yaml describes
   */
  readonly context?: string | undefined;
  readonly envFile?: string | undefined;
  readonly replace: boolean;
  readonly timeout: number;
  readonly yes: boolean;
}

/** What the steps of `up` pass to each other. */
interface Context extends ImageContext {
  secretsReplaced: boolean;
  /** The environment with the addresses of the cluster, and the folder of its manifests. */
  environment: LocalEnvironment;
  folder: string;
  manifests: readonly Manifest[];
  states: readonly WorkloadState[];
}

/**
 * `npm run up -- [ENVIRONMENT]`: brings an environment up on a local cluster, and waits until it works.
 *
 * @param generated folder of the manifests that differ from dist/
 */
export async function upCommand(
  name: EnvironmentName,
  options: UpOptions,
  generated = '.local',
): Promise<void> {
  // Mistakes in the options are reported before anything is changed.
  if (options.envFile !== undefined) requireProvidedCredentials(name);
  const { context: chosen = kindContext } = options;
  const isOwn = chosen === kindContext;
  try {
    await requirePrograms(...(isOwn ? ([await findEngine(), 'kind'] as const) : []), 'kubectl');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await upWithoutPrograms(error);
  }
  if (isOwn) await confirmLocalCluster(options.yes);
  const local = isOwn ? await ownCluster() : await otherCluster(chosen);
  if (!isOwn) await requirePrograms(local.engine);
  const state = isOwn ? await localClusterState(local, sayThatItBoots) : 'answers';
  const hasBackups = environments[name].kind !== 'dev';
  const objectStore = state === 'answers' && hasBackups ? await localObjectStore(local) : undefined;
  const { kind } = environments[name];
  const all = localImages(kind === 'dev' && !isOwn ? 'dev-with-source' : kind, imageNames);
  const used = imageNamesOf(name);
  const images = all.filter((image) => used.includes(image.name));
  const reference = (image: ImageName) => referenceOf(all, image);
  const environment = localEnvironment(environments[name], reference, objectStore, isOwn);
  const needed = providedCredentials(environment);
  const provided = options.envFile === undefined ? undefined : readEnvFile(options.envFile, name, needed);
  if (provided === undefined) await requireCredentials(local, state === 'answers', name, environment);
  const { namespace } = environment;
  const warning = state === 'answers' ? undefined : inotifyWarning();
  if (warning) console.log(warning);

  const tasks = new Listr<Context>(
    [
      {
        title: 'Local cluster',
        enabled: () => isOwn,
        task: async (_, task) => {
          const result = await ensureLocalCluster(state, (line) => {
            task.output = line;
          });
          task.title = `Local cluster: ${result}`;
        },
      },
      { title: 'Images', task: (_, task) => task.newListr(images.map((image) => imageTask(local, image))) },
      {
        title: `Manifests of ${name}`,
        task: async (context, task) => {
          context.environment = withAddresses(
            environment,
            await localAddressesOf(local, isOwn ? local.engine : undefined),
          );
          // Who changes a chart finds dist/ changed, wherever dev runs.
          if (kind === 'dev') await synthesize();
          context.folder = writeManifests(name, context.environment, generated);
          context.manifests = readManifests(resolve(root, context.folder));
          task.title = `Manifests of ${name} in ${context.folder}/`;
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
        title: 'kubectl apply',
        task: async (context, task) => {
          const { manifests, replaced, secretsReplaced, notes, folder } = context;
          task.title = `kubectl apply -f ${folder}/`;
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
      ctx: {
        replaced: new Set(),
        notes: {},
        secretsReplaced: false,
        environment,
        folder: '',
        manifests: [],
        states: [],
      },
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
      fallbackRendererOptions: {
        timer: PRESET_TIMER,
        logger: new StepLogger({ toStderr: LISTR_LOGGER_STDERR_LEVELS }),
      },
    },
  );
  const context = await tasks.run();
  const howToGetOne = isOwn ? '; npm run object-store runs one, and says what to do then' : '';
  if (hasBackups && !objectStore)
    console.log(`\nthe local cluster has no object store, so this ${name} makes no backups${howToGetOne}`);
  const memory = await memoryOfApplication(local, environment);
  if (memory !== undefined) console.log(`\n${memory}`);
  const left = leftoverWords(local, namespace, await leftovers(local, environment, context.manifests));
  if (left) console.log(`\n${left.detail}\n${left.remedy}`);
  const waiting = context.states.filter(isWaiting);
  if (waiting.length > 0) {
    console.log(
      `\n${name} never migrates by itself: ${waiting.map((state) => `${state.name} ${state.detail}`).join('; ')}\n` +
        `run the migrations with:\n  npm run migrate -- ${name} --context ${chosen}\n` +
        `and find the site then at ${siteAt(chosen, context.environment)}`,
    );
  } else {
    console.log(`\n${name} is up: ${siteAt(chosen, context.environment)}`);
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
  local: Cluster,
  answers: boolean,
  name: EnvironmentName,
  environment: LocalEnvironment,
): Promise<void> {
  const needed = providedCredentials(environment);
  if (needed.length === 0) return;
  const missing = answers ? await missingCredentials(local, environment) : needed;
  if (missing.length === 0) return;
  const place = local.context === kindContext ? 'the local cluster' : `"${local.context}"`;
  const lack = [`${name} lacks ${missing.join(', ')} in ${place}`, ...issuersOf(missing)].join('; ');
  const [remedy, file] =
    missing.length < needed.length
      ? ['put what is missing into the env file that you have, as lines NAME=value', 'FILE']
      : [`make an env file with: npm run secrets -- ${name} --new ${name}.env`, `${name}.env`];
  throw new UserError(`${lack}\n${remedy}; then run: ${upLine(name, local.context, `--env-file ${file}`)}`);
}

function isWaiting({ state }: WorkloadState): boolean {
  return state === 'waiting-for-migrations';
}

function referenceOf(images: readonly LocalImageBuild[], name: ImageName): LocalImage {
  const image = images.find((candidate) => candidate.name === name);
  if (!image) throw new Error(`no build of the image ${name}`);
  return image.reference;
}
