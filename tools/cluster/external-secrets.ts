import { ExecaError } from 'execa';
import { type Cluster, list } from './cluster.ts';

/** What the External Secrets Operator says of its objects. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** An object of the operator that has been looked at, or has not yet. */
export interface OperatorObject {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Event {
  readonly involvedObject: { readonly name: string };
  readonly message: string;
}

/** Whether the API server knows ExternalSecrets, in the version that the charts make. */
export async function knowsExternalSecrets(cluster: Cluster): Promise<boolean> {
  try {
    await cluster.kubectl(['get', '--raw', '/apis/external-secrets.io/v1']);
    return true;
  } catch (error) {
    if (error instanceof ExecaError && `${error.stderr}`.includes('(NotFound)')) return false;
    throw error;
  }
}

/** Whether the operator has done what the object says; undefined until it has tried. */
export function readyOf({ status }: OperatorObject): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** The ExternalSecrets of a namespace. */
export function externalSecretsIn(cluster: Cluster, namespace: string): Promise<readonly OperatorObject[]> {
  return list<OperatorObject>(cluster, ['externalsecrets.external-secrets.io', '--namespace', namespace]);
}

/** Why the operator could not do what these ExternalSecrets say, by their names: its events say more than its conditions. */
export async function reasonsFor(
  cluster: Cluster,
  namespace: string,
  failed: readonly OperatorObject[],
): Promise<ReadonlyMap<string, string>> {
  const events = await list<Event>(cluster, [
    ...['events', '--namespace', namespace, '--sort-by', '.metadata.creationTimestamp'],
    ...['--field-selector', 'involvedObject.kind=ExternalSecret,type=Warning'],
  ]);
  const said = new Map(events.map(({ involvedObject, message }) => [involvedObject.name, message]));
  return new Map(
    failed.map((each) => [
      each.metadata.name,
      reasonIn(said.get(each.metadata.name) ?? readyOf(each)?.message ?? 'it does not say why'),
    ]),
  );
}

/** Without the place, which is named anyway. */
function reasonIn(message: string): string {
  return message.replace(/^error processing spec\.data\[\d+\] \(key: .*?\), err: /, '');
}
