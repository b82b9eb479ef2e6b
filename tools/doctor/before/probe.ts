import { randomUUID } from 'node:crypto';
import { k8s } from 'cdk8s-plus-27';
import { ExecaError } from 'execa';
import { type HardenedContainer, hardenedPod } from '../../../charts/lib/hardened-pod.ts';
import { clusterOf } from '../../../environments/cluster.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { type Cluster, execIn, get, list } from '../../cluster/cluster.ts';
import type { Pod, Secret } from '../../cluster/objects.ts';
import { containerStatuses, describe, isBroken } from '../../cluster/pods.ts';
import { isForbidden } from '../../cluster/rights.ts';
import { until } from '../../cluster/until.ts';
import { lastLine } from '../../terminal/programs.ts';
import { UserError } from '../../terminal/user-error.ts';

/** How long a pod may take until it runs, has ended or cannot start, in seconds; that includes the pull of its image. */
const podSeconds = 90;

/** After this long a pod ends by itself, in seconds, in case nobody is there any more to remove it. */
const deadlineSeconds = 600;

/** The ServiceAccount of the pods. It may do nothing. */
export const probeAccount = 'probe';

/** A pod with which something is tried. */
export interface ProbePod extends Pick<HardenedContainer, 'name' | 'image' | 'env'> {
  readonly command: string[];
}

/** An object with which something is tried. */
export interface ProbeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** A namespace of its own, with pods that try the cluster. Nothing of it is made before a check needs it. */
export interface Probe {
  readonly namespace: string;
  /**
   * Waits until the namespace is there.
   *
   * @throws ExecaError when it may not be made
   */
  readonly made: () => Promise<void>;
  /**
   * Makes objects, in the namespace of the probe or in another one that is there.
   *
   * @throws ExecaError when they may not be made
   */
  readonly apply: (objects: readonly ProbeObject[], namespace?: string) => Promise<void>;
  /**
   * Makes a pod, and waits until it runs, has ended, or cannot start.
   *
   * @throws TooLate when none of them happens, with what it waits for
   */
  readonly start: (pod: ProbePod) => Promise<Pod>;
  /** Runs a command in a pod that runs, with the input if there is any, and returns its output. */
  readonly run: (pod: string, command: readonly string[], input?: string) => Promise<string>;
  /**
   * Removes all of it; the cluster goes on with that by itself.
   *
   * @throws UserError when that does not begin
   */
  readonly remove: () => Promise<void>;
}

export function openProbe(cluster: Cluster, environment: AnyEnvironment): Probe {
  const namespace = `coped-before-${randomUUID().slice(0, 8)}`;
  let making: Promise<void> | undefined;
  let asking: Promise<readonly Pod[]> | undefined;
  let isRemoved = false;

  /** What is in other namespaces, as arguments of `kubectl delete`: it does not go with the namespace of the probe. */
  const elsewhere = new Set<readonly string[]>();

  const applyTo = async (place: string, items: readonly ProbeObject[]) => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const which = ['--namespace', place, ...items.map(({ kind, metadata }) => `${kind}/${metadata.name}`)];
    if (place !== namespace) elsewhere.add(which);
    try {
      await cluster.kubectl(['apply', '--namespace', place, '--filename', '-'], { input });
    } catch (error) {
      // Who may not make them may not remove them either. After any other error some may be there.
      if (isForbidden(error)) elsewhere.delete(which);
      throw error;
    }
  };
  /** What to tell the person if this does not begin to go. */
  const problemsOfRemoval = async (what: string, which: readonly string[]) => {
    try {
      await cluster.kubectl(['delete', ...which, '--ignore-not-found', '--wait=false']);
      return [];
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      return [
        `${what}, with which the cluster was tried, is still there: ${lastLine(error.stderr)}\n` +
          `remove it: kubectl --context ${cluster.context} delete ${which.join(' ')}`,
      ];
    }
  };
  const made = async () => {
    making ??= foundation(cluster, environment, namespace).then((objects) => applyTo(namespace, objects));
    await making;
  };
  /** The pods, asked for once for all that wait at the same time. */
  const pods = () => {
    asking ??= list<Pod>(cluster, ['pods', '--namespace', namespace]).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return {
    namespace,
    made,
    apply: async (objects, place = namespace) => {
      if (place === namespace) await made();
      await applyTo(place, objects);
    },
    start: async (pod) => {
      await made();
      await applyTo(namespace, [podOf(environment, pod)]);
      return until<Pod>(
        podSeconds,
        async () => {
          if (isRemoved) throw new UserError('the pods that try the cluster were removed');
          const found = (await pods()).find(({ metadata }) => metadata.name === pod.name);
          if (found && isSettled(found)) return { done: found };
          return { waits: found ? describe(found, cluster.context) : `${pod.name} is not there` };
        },
        (waits) => `not known after ${podSeconds} s: ${waits}`,
      );
    },
    run: (pod, command, input) =>
      execIn(cluster, { namespace, of: pod, container: pod }, command, input === undefined ? {} : { input }),
    remove: async () => {
      isRemoved = true;
      const own = await Promise.all([...elsewhere].map((which) => problemsOfRemoval('what was made', which)));
      // If the namespace could not be made, each check that needs it has said so.
      const isMade = await making?.then(
        () => true,
        () => false,
      );
      const ofNamespace =
        isMade === undefined
          ? []
          : await problemsOfRemoval(`the namespace ${namespace}`, ['namespace', namespace]);
      const problems = [...own.flat(), ...(isMade ? ofNamespace : [])];
      if (problems.length > 0) throw new UserError(problems.join('\n'));
    },
  };
}

/**
 * The namespace, which enforces the same level as the environment's, and an account that pulls with the same Secret. If the
 * environment's namespace lacks that Secret, a check of its own says so.
 */
async function foundation(
  cluster: Cluster,
  environment: AnyEnvironment,
  namespace: string,
): Promise<ProbeObject[]> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const { namespace: from } = environment;
  const { imagePullSecret: name } = clusterOf(environment);
  const found = name && (await get<Secret>(cluster, ['secret', name, '--namespace', from]));
  const account = {
    metadata: { name: probeAccount, namespace },
    ...(found && { imagePullSecrets: [{ name }] }),
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', ...account },
    ...(found
      ? [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name, namespace },
            type: found.type,
            data: found.data,
          },
        ]
      : []),
  ];
}

function podOf(environment: AnyEnvironment, { name, ...container }: ProbePod): ProbeObject {
  const spec = hardenedPod(
    { workload: { name: probeAccount }, environment },
    {
      // What it runs need not end well.
      terminationGracePeriodSeconds: 0,
      containers: [{ ...container, name, size: { cpuMillicores: 1, memoryMebibytes: 64 } }],
    },
  );
  return k8s.KubePod.manifest({
    metadata: { name, labels: { 'app.kubernetes.io/name': name } },
    spec: { ...spec, restartPolicy: 'Never', activeDeadlineSeconds: deadlineSeconds },
  });
}

function isSettled(pod: Pod): boolean {
  return isBroken(pod) || containerStatuses(pod).some(({ state }) => state?.running || state?.terminated);
}
