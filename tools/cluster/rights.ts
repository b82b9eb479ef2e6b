import { ExecaError } from 'execa';
import type { Cluster } from './cluster.ts';

/** Whether kubectl failed because the person may not do it. */
export function isForbidden(error: unknown): error is ExecaError {
  return error instanceof ExecaError && `${error.stderr}`.includes('(Forbidden)');
}

/** What kubectl answers, or undefined if the person may not ask. */
export async function ifAllowed<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return undefined;
  }
}

/**
 * Whether the person may do something, such as `create namespaces`. The API server keeps nothing of the question.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function may(cluster: Cluster, verb: string, resource: string): Promise<boolean> {
  try {
    return (await cluster.kubectl(['auth', 'can-i', verb, resource])).trim() === 'yes';
  } catch (error) {
    if (error instanceof ExecaError && `${error.stdout}`.trim().startsWith('no')) return false;
    throw error;
  }
}
