import type { AnyEnvironment, Backups } from '../environments/environment.ts';
import { ports, type Workload } from './lib/names.ts';

/** One arrow of the network: `from` opens connections to `to` on `port`. */
export interface Connection {
  readonly from: Workload | 'ingress-controller' | 'this-machine';
  readonly to: Workload | 'cluster-dns' | 'kubernetes-api' | 'object-store';
  readonly port: number;
  /** @default 'TCP' */
  readonly protocol?: 'UDP';
  /** One clause for the reader of the policy. */
  readonly why: string;
}

/** Workloads of an environment that run the application, and so use its database, its index and DNS. */
function applicationWorkloads(environment: AnyEnvironment): Workload[] {
  return environment.kind === 'dev' && environment.sampleData
    ? ['web', 'migrate', 'sample-data']
    : ['web', 'migrate'];
}

/** The environment's backups, if it has any. */
export function backupsOf(environment: AnyEnvironment): Backups | undefined {
  return environment.kind === 'dev' ? undefined : environment.backups;
}

/**
 * Every connection that an environment needs; any other is refused.
 *
 * The kubelet's probes are not subject to policies, so they have no arrow here.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function connections(environment: AnyEnvironment): Connection[] {
  const application = applicationWorkloads(environment).flatMap((from): Connection[] => [
    { from, to: 'postgres', port: ports.postgres, why: 'the projects are in Postgres' },
    { from, to: 'elasticsearch', port: ports.elasticsearch, why: 'the search index is in Elasticsearch' },
    ...dns(from),
  ]);
  const site: Connection[] =
    environment.kind === 'dev'
      ? []
      : [
          {
            from: 'nginx',
            to: 'web',
            port: ports.web,
            why: 'nginx passes requests for pages on to Gunicorn',
          },
          ...dns('nginx'),
        ];
  const visitors: Connection[] =
    environment.address.kind === 'ingress'
      ? [
          {
            from: 'ingress-controller',
            to: 'nginx',
            port: ports.nginx,
            why: 'visitors come through the Ingress',
          },
        ]
      : [
          environment.kind === 'dev'
            ? {
                from: 'this-machine',
                to: 'web',
                port: ports.web,
                why: 'the developer comes through the NodePort',
              }
            : {
                from: 'this-machine',
                to: 'nginx',
                port: ports.nginx,
                why: 'visitors come through the NodePort',
              },
        ];
  return [
    ...visitors,
    ...site,
    ...application,
    ...postgresConnections(environment),
    ...elasticsearchConnections(environment),
    ...operations(environment),
  ];
}

function postgresConnections(environment: AnyEnvironment): Connection[] {
  const backups = backupsOf(environment);
  const store = (from: Workload, why: string): Connection[] =>
    backups ? [{ from, to: 'object-store', port: backups.objectStore.port, why }] : [];
  return [
    {
      from: 'postgres',
      to: 'kubernetes-api',
      port: environment.kubernetesApi.port,
      why: 'the members agree there on their primary',
    },
    { from: 'postgres', to: 'postgres', port: ports.postgres, why: 'replicas copy the primary' },
    { from: 'postgres', to: 'postgres', port: ports.patroni, why: 'the members ask each other how they do' },
    ...dns('postgres'),
    ...store('postgres', 'it archives its write-ahead log'),
    ...(backups
      ? [
          {
            from: 'postgres-backup' as const,
            to: 'postgres' as const,
            port: ports.pgbackrest,
            why: 'it reads the files of a member',
          },
          {
            from: 'postgres-backup' as const,
            to: 'postgres' as const,
            port: ports.postgres,
            why: 'it records how many rows a backup holds',
          },
          ...dns('postgres-backup'),
          ...dns('postgres-rehearsal'),
          ...dns('postgres-restore'),
        ]
      : []),
    ...store('postgres-backup', 'backups are kept there'),
    ...store('postgres-rehearsal', 'it restores the newest backup'),
    ...store('postgres-restore', 'it restores a backup'),
  ];
}

function elasticsearchConnections(environment: AnyEnvironment): Connection[] {
  if (environment.elasticsearch.nodes === 1) return [];
  return [
    {
      from: 'elasticsearch',
      to: 'elasticsearch',
      port: ports['elasticsearch-transport'],
      why: 'the nodes share the index',
    },
    {
      from: 'elasticsearch',
      to: 'elasticsearch',
      port: ports.elasticsearch,
      why: 'a new node looks whether there is a cluster to join',
    },
    ...dns('elasticsearch'),
  ];
}

function operations(environment: AnyEnvironment): Connection[] {
  const { port } = environment.kubernetesApi;
  return [
    { from: 'certificates', to: 'kubernetes-api', port, why: 'it makes and renews certificates' },
    ...(environment.credentials === 'generated'
      ? [
          {
            from: 'create-credentials' as const,
            to: 'kubernetes-api' as const,
            port,
            why: 'it creates the Secrets that are missing',
          },
        ]
      : []),
  ];
}

function dns(from: Workload): Connection[] {
  const why = 'it finds the other Services by name';
  return [
    { from, to: 'cluster-dns', port: 53, protocol: 'UDP', why },
    { from, to: 'cluster-dns', port: 53, why },
  ];
}

/** Workloads that the environment has, in the order of the table of workloads. */
export function workloadsOf(environment: AnyEnvironment): Workload[] {
  const application = applicationWorkloads(environment);
  return [
    ...(environment.kind === 'dev' ? [] : (['nginx'] as const)),
    ...application,
    'postgres',
    ...(backupsOf(environment)
      ? (['postgres-backup', 'postgres-rehearsal', 'postgres-restore'] as const)
      : []),
    'elasticsearch',
    'certificates',
    ...(environment.credentials === 'generated' ? (['create-credentials'] as const) : []),
  ];
}
