import type { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type DataWorkload, headlessName } from './data-service.ts';

/** Secret with a data service's certificate (`tls.crt`), its key (`tls.key`) and the authority that signed it (`ca.crt`). */
export function tlsSecret(workload: DataWorkload): `${DataWorkload}-tls` {
  return `${workload}-tls`;
}

/** Secret with the key of that authority; only the Job that makes certificates reads it. */
export function authoritySecret(workload: DataWorkload): `${DataWorkload}-ca` {
  return `${workload}-ca`;
}

/** Every DNS name by which a service or one of its members is called. */
export function dnsNames(environment: AnyEnvironment, workload: DataWorkload): string[] {
  const headless = headlessName(workload);
  const services =
    workload === 'postgres' ? ['postgres', 'postgres-replicas', headless] : ['elasticsearch', headless];
  const { namespace } = environment;
  const suffixes = ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`];
  return [
    'localhost',
    ...services.flatMap((service) => suffixes.map((suffix) => `${service}${suffix}`)),
    ...suffixes.map((suffix) => `*.${headless}${suffix}`),
  ];
}

/** The volume with a service's certificate and key, for its own pods. A renewed one appears in it by itself. */
export function tlsVolume(workload: DataWorkload): k8s.Volume {
  return { name: 'tls', secret: { secretName: tlsSecret(workload), defaultMode: 0o440 } };
}
