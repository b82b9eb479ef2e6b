import type { Application } from '../../tools/cluster/argo-cd.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';

/** An Application that fills coped-production, with these annotations. */
export function applicationWith(
  annotations: Readonly<Record<string, string>> = {},
  status?: Application['status'],
): Application {
  return {
    metadata: { name: 'coped-app-production', namespace: 'argocd', annotations },
    spec: { destination: { namespace: 'coped-production' } },
    ...(status && { status }),
  };
}

/** A cluster with these Applications, whose annotations can be changed. */
export function clusterOf(...applications: readonly Application[]): Cluster & { readonly changes: string[] } {
  const changes: string[] = [];
  const annotations = new Map<string, Record<string, string>>(
    applications.map(({ metadata }) => [metadata.name, { ...metadata.annotations }]),
  );
  return {
    context: 'test',
    changes,
    kubectl: async (arguments_) => {
      if (arguments_[0] === 'get')
        return JSON.stringify({
          items: applications.map(({ metadata, ...rest }) => ({
            ...rest,
            metadata: { ...metadata, annotations: annotations.get(metadata.name) },
          })),
        });
      const [, , , , ...changed] = arguments_;
      changes.push(arguments_.join(' '));
      const present = annotations.get(arguments_[1]?.split('/')[1] ?? '') ?? {};
      for (const change of changed) {
        const [key = '', value] = change.split('=');
        if (value === undefined) delete present[key.slice(0, -1)];
        else present[key] = value;
      }
      return '';
    },
  };
}
