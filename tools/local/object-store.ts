import { App } from 'cdk8s';
import { localStore, objectStore } from '../../charts/object-store.ts';
import type { AnyEnvironment, ObjectStore } from '../../environments/environment.ts';
import { applyNamespace } from '../cluster/apply.ts';
import { type Cluster, confirmLocalCluster, get, secretValue } from '../cluster/cluster.ts';
import type { Service } from '../cluster/objects.ts';
import { defaultTimeoutSeconds, progressReport, waitUntilReady } from '../cluster/wait.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { findEngine } from './engine.ts';
import { buildImage, localImages } from './images.ts';
import { remember, requireLocalCluster } from './kind.ts';
import { loadImage } from './load-image.ts';
import { type LocalCluster, ownCluster } from './local-cluster.ts';

const { namespace, service, certificate, bucket, keys } = localStore;

/** ConfigMap in the environment's namespace with the certificate authority that signed the store's certificate. */
const authority = 'object-store-ca';

/** The object store of the local cluster, if it runs one. */
export async function localObjectStore(local: Cluster): Promise<ObjectStore | undefined> {
  const found = await get<Service>(local, ['service', service, '--namespace', namespace]);
  const [port] = found?.spec.ports ?? [];
  if (port === undefined) return undefined;
  return {
    host: `${service}.${namespace}.svc`,
    port: port.port,
    region: 'us-east-1',
    bucket,
    uriStyle: 'path',
    caConfigMap: authority,
    reachedAt: { namespace },
  };
}

/** Gives the environment's pods the certificate authority of the local store. */
export async function provideAuthority(local: Cluster, environment: AnyEnvironment): Promise<void> {
  const ca = await secretValue(local, namespace, certificate, 'ca.crt');
  await applyNamespace(local, environment);
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: authority,
      namespace: environment.namespace,
      labels: { 'app.kubernetes.io/part-of': 'coped' },
    },
    data: { 'ca.crt': ca },
  };
  await local.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(configMap) });
}

/**
 * `npm run object-store`: runs an S3 object store on the local cluster, to try backups there, and prints its keys.
 * Called again, it only prints the keys.
 *
 * @throws UserError when there is no local cluster, or the store does not become ready
 */
export async function objectStoreCommand(options: { readonly yes: boolean }): Promise<void> {
  await requirePrograms(await findEngine(), 'kind', 'kubectl');
  await confirmLocalCluster(options.yes);
  await requireLocalCluster();
  const local = await ownCluster();
  if (!(await localObjectStore(local))) await makeObjectStore(local);
  const progress = progressReport(false);
  await waitUntilReady(local, namespace, [{ kind: 'Deployment', name: service }], {
    timeoutSeconds: defaultTimeoutSeconds,
    endsAtGate: false,
    report: (states) => {
      const news = progress(states);
      if (news) console.log(news);
    },
  });
  console.log(
    `the object store runs: https://${service}.${namespace}.svc, bucket ${bucket}\n` +
      'put its keys into the env file, then run `npm run up` of the environment again:\n' +
      Object.entries(keys)
        .map(([name, value]) => `  ${name}=${value}`)
        .join('\n'),
  );
}

async function makeObjectStore(local: LocalCluster): Promise<void> {
  const [image] = localImages('staging', ['credentials']);
  if (!image) throw new Error('no build of the image credentials');
  console.log(`${local.engine} builds the image ${image.name}, which makes the certificate`);
  await buildImage(image, local.engine, () => {});
  const loaded = await loadImage(local, image, () => console.log('kind loads it into the cluster'));
  await remember(local, loaded.notes);
  const items = objectStore(new App(), image.reference).toJson();
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await local.kubectl(['apply', '--filename', '-'], { input });
}
