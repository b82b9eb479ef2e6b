/** Where Argo CD runs, and where it finds the manifests. */
export interface Delivery {
  /** This project's Git repository, as Argo CD reads it. */
  readonly repository: `${'git' | 'https' | 'ssh'}://${string}` | `git@${string}:${string}`;
  /** The branch whose newest commit the clusters are to be at. */
  readonly revision: string;
  /** Namespace in which Argo CD runs, and in which it looks for Applications. */
  readonly argoCdNamespace: string;
}

export const delivery = {
  repository: 'https://github.com/coped/coped-kubernetes.git',
  revision: 'main',
  argoCdNamespace: 'argocd',
} as const satisfies Delivery;
