import { createHash } from 'node:crypto';

/**
 * Argo CD neither prunes nor deletes an object that is annotated so: what holds data outlives an Application.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 */
export const keptByArgoCd = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/** Ten hexadecimal digits that change when the content does. */
export function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 10);
}
