import { createHash } from 'node:crypto';

/**
 * Argo CD neither prunes nor deletes an object with these annotations, so data outlives an Application.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 */
export const keptByArgoCd = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/**
 * Argo CD leaves the health of an object with this annotation out of the health of its Application.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
 */
export const healthIgnoredByArgoCd = { 'argocd.argoproj.io/ignore-healthcheck': 'true' };

/** Ten hexadecimal digits that change with the content. */
export function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 10);
}
