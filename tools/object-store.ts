import { type EnvironmentName, environments } from '../environments/all.ts';
import type { ObjectStore } from '../environments/environment.ts';
import { type Cluster, get } from './cluster.ts';

/** Where an object store for backups may run on the local cluster: Service `s3`, with its certificate in Secret `s3-tls`. */
const namespace = 'objectstore';
const service = 's3';
const certificate = 's3-tls';

/** ConfigMap in the environment's namespace with the authority that signed the store's certificate. */
const authority = 'object-store-ca';

interface Service {
  readonly spec: { readonly ports: readonly { readonly port: number }[] };
}

/** The object store of the local cluster, if it runs one; its bucket is named `backups`. */
export async function localObjectStore(local: Cluster): Promise<ObjectStore | undefined> {
  const found = await get<Service>(local, ['service', service, '--namespace', namespace]);
  const [port] = found?.spec.ports ?? [];
  if (port === undefined) return undefined;
  return {
    host: `${service}.${namespace}.svc`,
    port: port.port,
    region: 'us-east-1',
    bucket: 'backups',
    uriStyle: 'path',
    caConfigMap: authority,
    reachedAt: { namespace },
  };
}

/** Gives the environment's pods the authority that signed the local store's certificate. */
export async function provideAuthority(local: Cluster, name: EnvironmentName): Promise<void> {
  const secret = await get<{ data: Record<string, string> }>(local, [
    'secret',
    certificate,
    '--namespace',
    namespace,
  ]);
  const ca = Buffer.from(secret?.data['ca.crt'] ?? '', 'base64').toString();
  await local.kubectl(['apply', '--filename', `dist/${name}/00-namespace.yaml`]);
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: authority,
      namespace: environments[name].namespace,
      labels: { 'app.kubernetes.io/part-of': 'coped' },
    },
    data: { 'ca.crt': ca },
  };
  await local.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(configMap) });
}
