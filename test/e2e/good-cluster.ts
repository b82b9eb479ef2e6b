import type { IngressAddress } from '../../environments/address.ts';
import { eventually } from '../lib/kubectl.ts';
import { apply, exec, kubectl, tryKubectl } from './cluster.ts';
import { imageOf } from './local.ts';

/**
 * What a local cluster lacks by itself for a deployment: an Ingress class, a pod in the place of its controller, and a
 * StorageClass without a risk. All of it has this name.
 */
export const own = 'before';

export const isDefault = 'storageclass.kubernetes.io/is-default-class';

/** The address of an environment that this cluster serves. */
export const address: IngressAddress = {
  kind: 'ingress',
  host: 'before.example.org',
  className: own,
  tls: { secretName: own },
  from: [{ namespace: own }],
};

/** The StorageClass that is the default otherwise, and who makes its volumes. */
let usual = '';
let provisioner = '';

/** The StorageClass that is the default; `storageClass` makes others of its driver then. */
export async function usualClass(): Promise<string> {
  const annotation = `@.metadata.annotations.${isDefault.replaceAll('.', '\\.')}`;
  const column = `jsonpath={range .items[?(${annotation}=="true")]}{.metadata.name} {.provisioner}{end}`;
  const found = await kubectl('get', 'storageclasses', '--output', column);
  [usual = '', provisioner = ''] = found.split(' ');
  return usual;
}

/** Adds it, and the certificate of the site in the namespace of an environment. */
export async function addLacking(namespace: string): Promise<void> {
  await usualClass();
  await apply(storageClass(own, { reclaimPolicy: 'Retain' }), ingressClass);
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } });
  await makeDefault(own, usual);
  const container = { name: own, image: imageOf('staging', 'credentials'), command: ['sleep', 'infinity'] };
  const spec = { containers: [container], terminationGracePeriodSeconds: 0 };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: own, namespace: own }, spec };
  // The namespace has no ServiceAccount in the first moment.
  await eventually('a pod in the place of a controller', 30, async () => {
    return (await tryKubectl(['apply', '--filename', '-'], JSON.stringify(pod))).exitCode === 0;
  });
  await kubectl('wait', `pod/${own}`, '--namespace', own, '--for', 'condition=Ready', '--timeout', '60s');
  await apply(await certificate(namespace));
}

export async function removeLacking(namespace: string): Promise<void> {
  if (usual !== '') await makeDefault(usual, own);
  const remove = ['delete', '--ignore-not-found', '--wait=false'];
  await kubectl(...remove, `storageclass/${own}`, `ingressclass/${own}`, `namespace/${own}`);
  await kubectl(...remove, `secret/${own}`, '--namespace', namespace);
}

export const ingressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: own },
  spec: { controller: 'example.org/none' },
};

export function storageClass(name: string, difference: object): object {
  const apiVersion = 'storage.k8s.io/v1';
  const volumes = { provisioner, volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true };
  return { apiVersion, kind: 'StorageClass', metadata: { name }, ...volumes, ...difference };
}

export async function makeDefault(name: string, insteadOf?: string): Promise<void> {
  if (insteadOf !== undefined)
    await kubectl('annotate', 'storageclass', insteadOf, `${isDefault}=false`, '--overwrite');
  await kubectl('annotate', 'storageclass', name, `${isDefault}=true`, '--overwrite');
}

/** The Secret with a certificate of the site, which signs itself. */
export async function certificate(namespace: string): Promise<object> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=before', '-addext', `subjectAltName=DNS:${address.host}`, '-days', '60'];
  const out = ['-keyout', '/tmp/tls.key', '-out', '/tmp/tls.crt'];
  const place = { namespace: own, of: own };
  await exec(place, 'openssl', 'req', '-x509', ...key, ...subject, ...out);
  const read = async (file: string) => (await exec(place, 'cat', `/tmp/${file}`)).output;
  const stringData = { 'tls.crt': await read('tls.crt'), 'tls.key': await read('tls.key') };
  const metadata = { name: own, namespace };
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData };
}
