import type { k8s } from 'cdk8s-plus-27';
import { clusterOf } from '../../environments/cluster.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { headlessName } from './stateful-set.ts';
import type { Workload } from './workload.ts';

/** Secret with a workload's certificate (`tls.crt`), its key (`tls.key`) and the certificate authority (`ca.crt`). */
export function tlsSecret({ name }: Workload): string {
  return `${name}-tls`;
}

/** Secret with the key of that certificate authority. Only the Job that creates certificates reads it. */
export function authoritySecret({ name }: Workload): string {
  return `${name}-ca`;
}

/** Every DNS name of a workload's Services and pods. */
export function dnsNames(
  environment: AnyEnvironment,
  workload: Workload,
  services: readonly string[],
): string[] {
  const headless = headlessName(workload);
  const { namespace } = environment;
  const { domain } = clusterOf(environment);
  const suffixes = ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.${domain}`];
  return [
    'localhost',
    ...[...services, headless].flatMap((service) => suffixes.map((suffix) => `${service}${suffix}`)),
    ...suffixes.map((suffix) => `*.${headless}${suffix}`),
  ];
}

/** The volume with a workload's certificate and key, for its own pods. A renewed certificate appears in it. */
export function tlsVolume(workload: Workload): k8s.Volume {
  return { name: 'tls', secret: { secretName: tlsSecret(workload), defaultMode: 0o440 } };
}
