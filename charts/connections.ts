import type { AnyEnvironment, KubernetesApi } from '../environments/environment.ts';
import { ports, type Workload } from './lib/names.ts';

/** What is outside the environment's namespace and takes part in a connection. */
export type Outside = 'ingress-controller' | 'this-machine' | 'cluster-dns' | 'kubernetes-api';

/** One arrow of the network: `from` opens connections to `to` on `port`. */
export interface Connection {
  readonly from: Workload | 'ingress-controller' | 'this-machine';
  readonly to: Workload | 'cluster-dns' | 'kubernetes-api';
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

/** Where pods of the environment may find the Kubernetes API; undefined when none of them uses it. */
export function kubernetesApi(environment: AnyEnvironment): KubernetesApi | undefined {
  return environment.credentials === 'generated' ? environment.kubernetesApi : undefined;
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
  const api = kubernetesApi(environment);
  const credentials: Connection[] = api
    ? [
        {
          from: 'create-credentials',
          to: 'kubernetes-api',
          port: api.port,
          why: 'it creates the Secrets that are missing',
        },
      ]
    : [];
  return [...visitors, ...site, ...application, ...credentials];
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
    'elasticsearch',
    ...(environment.credentials === 'generated' ? (['create-credentials'] as const) : []),
  ];
}
