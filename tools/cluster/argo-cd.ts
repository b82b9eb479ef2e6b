import { ExecaError } from 'execa';
import { delivery } from '../../environments/delivery.ts';
import type { Cluster } from './cluster.ts';

/** An Application of Argo CD, as far as the tools read it. */
export interface Application {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly destination: { readonly namespace?: string } };
  readonly status?: {
    readonly sync?: { readonly status: string; readonly revision?: string };
    readonly health?: { readonly status: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly operationState?: {
      readonly phase: string;
      readonly message?: string;
      readonly retryCount?: number;
    };
  };
}

/** Commands that change what Argo CD would correct. */
export type PausingCommand = 'drill' | 'grow' | 'restore';

/** Argo CD leaves an Application with this annotation alone: it neither compares nor syncs. */
const skipReconcile = 'argocd.argoproj.io/skip-reconcile';

/** Which command has set that annotation. Only this command takes it away. */
const pausedBy = 'coped/paused-by';

/** The Applications of this cluster that fill a namespace; none if there is no Argo CD in the cluster. */
export async function applicationsOf(cluster: Cluster, namespace: string): Promise<readonly Application[]> {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${delivery.argoCdNamespace}/applications`;
  try {
    const { items }: { items: readonly Application[] } = JSON.parse(
      await cluster.kubectl(['get', '--raw', path]),
    );
    return items.filter(({ spec }) => spec.destination.namespace === namespace);
  } catch (error) {
    // The API server knows no Applications.
    if (error instanceof ExecaError && `${error.stderr}`.includes('(NotFound)')) return [];
    throw error;
  }
}

/** Who has paused an Application: a command, or somebody by hand; undefined if it is not paused. */
export function pauseOf({ metadata }: Application): PausingCommand | 'somebody' | undefined {
  if (metadata.annotations?.[skipReconcile] !== 'true') return undefined;
  return (metadata.annotations[pausedBy] as PausingCommand | undefined) ?? 'somebody';
}

/** The command that ends a pause. */
export function resuming({ context }: Cluster, application: Application): string {
  return `kubectl --context ${context} ${resumption(application).join(' ')}`;
}

/** Has Argo CD leave a namespace alone, until the same command resumes it. Where somebody has paused it, it stays so. */
export async function pause(cluster: Cluster, namespace: string, command: PausingCommand): Promise<void> {
  for (const application of await applicationsOf(cluster, namespace)) {
    if (pauseOf(application) !== undefined) continue;
    await cluster.kubectl([...annotating(application), `${skipReconcile}=true`, `${pausedBy}=${command}`]);
    console.log(
      `Argo CD leaves ${namespace} alone until the ${command} is done; if that never is: ${resuming(cluster, application)}`,
    );
  }
}

/** Ends the pause that the same command has begun, now or when it was cut off. */
export async function resume(cluster: Cluster, namespace: string, command: PausingCommand): Promise<void> {
  for (const application of await applicationsOf(cluster, namespace)) {
    if (pauseOf(application) !== command) continue;
    await cluster.kubectl(resumption(application));
    console.log(`Argo CD looks after ${namespace} again`);
  }
}

/** Does something while Argo CD leaves a namespace alone. The pause ends with it, also when it fails or is interrupted. */
export async function whilePaused<T>(
  cluster: Cluster,
  namespace: string,
  command: PausingCommand,
  action: () => Promise<T>,
): Promise<T> {
  let isEnding = false;
  const end = () => {
    // npm hands on what the terminal has sent already, so a signal comes twice.
    if (isEnding) return;
    isEnding = true;
    void resume(cluster, namespace, command).finally(() => process.exit(130));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  try {
    await pause(cluster, namespace, command);
    return await action();
  } finally {
    await resume(cluster, namespace, command);
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}

function annotating({ metadata: { name, namespace } }: Application): string[] {
  return ['annotate', `applications.argoproj.io/${name}`, '--namespace', namespace];
}

function resumption(application: Application): string[] {
  return [...annotating(application), `${skipReconcile}-`, `${pausedBy}-`];
}
