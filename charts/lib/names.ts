import { createHash } from 'node:crypto';
import type { AnyEnvironment } from '../../environments/environment.ts';

/** What runs in an environment, and which side of the network split it is on. */
export const workloads = {
  nginx: 'web',
  web: 'web',
  migrate: 'web',
  'sample-data': 'web',
  postgres: 'data',
  'postgres-backup': 'data',
  'postgres-rehearsal': 'data',
  'postgres-restore': 'data',
  elasticsearch: 'data',
  certificates: 'operations',
  'create-credentials': 'operations',
} as const satisfies Record<string, 'web' | 'data' | 'operations'>;

export type Workload = keyof typeof workloads;

/** Ports that the workloads listen on. */
export const ports = {
  nginx: 8080,
  web: 8000,
  postgres: 5432,
  /** Patroni's REST API, by which the members ask each other. */
  patroni: 8008,
  /** pgBackRest's server beside each member, through which backups are read. */
  pgbackrest: 8432,
  elasticsearch: 9200,
  /** Between Elasticsearch's nodes. */
  'elasticsearch-transport': 9300,
} as const;

/**
 * Labels that find a workload's pods. They never change: selectors are immutable.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function selector(environment: AnyEnvironment, workload: Workload): Record<string, string> {
  return {
    'app.kubernetes.io/name': workload,
    'app.kubernetes.io/instance': environment.namespace,
  };
}

/** Labels of every object that belongs to a workload. */
export function labels(environment: AnyEnvironment, workload: Workload): Record<string, string> {
  return {
    ...selector(environment, workload),
    'app.kubernetes.io/component': workloads[workload],
    'app.kubernetes.io/part-of': 'coped',
    'app.kubernetes.io/managed-by': 'cdk8s',
  };
}

/**
 * Argo CD neither prunes nor deletes an object that is annotated so: what holds data outlives an Application.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 */
export const keptByArgoCd = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

/** Label that Patroni gives its pods: `primary` or `replica`. */
export const roleLabel = 'coped/role';

/** Ten hexadecimal digits that change when the content does. */
export function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 10);
}
