import { X509Certificate } from 'node:crypto';
import { clusterOf } from '../../../environments/cluster.ts';
import type { IngressAddress } from '../../../environments/environment.ts';
import { get, list } from '../../cluster/cluster.ts';
import type { Pod, Secret } from '../../cluster/objects.ts';
import { isPodReady } from '../../cluster/pods.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Less than this is too short to replace the site's certificate without haste. */
const certificateDays = 21;

/** Whether a controller of the cluster serves the environment's Ingress. */
export async function ingressClass(
  { cluster, name }: Patient,
  { className }: IngressAddress,
): Promise<Finding> {
  const classes = await list<{ metadata: { name: string } }>(cluster, ['ingressclasses']);
  const names = classes.map(({ metadata }) => metadata.name);
  return names.includes(className)
    ? good(className)
    : bad(
        `there is no ${className}, so nobody serves the site; there are: ${names.join(', ') || 'none'}`,
        names.length === 0
          ? 'install an Ingress controller'
          : `environments/${name}.ts, address.className: one of these; or install the controller of ${className}`,
      );
}

/** Whether pods run where the policies let visitors come from. */
export async function ingressController(
  { cluster, name }: Patient,
  { controllerNamespace }: IngressAddress,
): Promise<Finding> {
  const pods = await list<Pod>(cluster, ['pods', '--namespace', controllerNamespace]);
  const ready = pods.filter(isPodReady);
  return ready.length > 0
    ? good(`${ready.length} of ${pods.length} pods are ready in ${controllerNamespace}`)
    : bad(
        `no pod is ready in ${controllerNamespace}, the only namespace from which nginx takes connections`,
        `environments/${name}.ts, address.controllerNamespace: where the Ingress controller's pods run (kubectl get pods -A)`,
      );
}

/** Whether the site's certificate is there, is one of its host, and is valid for some weeks. */
export async function siteCertificate(
  { cluster, environment, name, now }: Patient,
  { host, tlsSecretName }: IngressAddress,
): Promise<Finding> {
  const { namespace } = environment;
  const secret = await get<Secret>(cluster, ['secret', tlsSecretName, '--namespace', namespace]);
  const first = clusterOf(environment).createsNamespace
    ? `kubectl apply -f dist/${name}/00-namespace.yaml; `
    : '';
  const make = `kubectl create secret tls ${tlsSecretName} --namespace ${namespace} --cert=tls.crt --key=tls.key`;
  if (!secret)
    return bad(
      `there is no Secret ${tlsSecretName} in ${namespace}, so visitors get a certificate that their browsers refuse`,
      `${first}${make}`,
    );
  const [certificate, key] = ['tls.crt', 'tls.key'].map((entry) => secret.data?.[entry]);
  const again = `${make} --dry-run=client --output yaml | kubectl replace --filename -`;
  if (!certificate || !key) return bad(`the Secret ${tlsSecretName} lacks tls.crt or tls.key`, again);
  const parsed = read(Buffer.from(certificate, 'base64').toString());
  if (!parsed) return bad(`tls.crt of the Secret ${tlsSecretName} is no certificate in PEM form`, again);
  if (parsed.checkHost(host) === undefined)
    return bad(
      `the certificate in ${tlsSecretName} is not one of ${host}: ${parsed.subjectAltName ?? 'it has no name'}`,
      again,
    );
  const days = Math.floor((Date.parse(parsed.validTo) - now.getTime()) / 86_400_000);
  if (days < 0) return bad(`the certificate in ${tlsSecretName} expired on ${parsed.validTo}`, again);
  return days < certificateDays
    ? warning(`the certificate in ${tlsSecretName} is valid for ${days} more days`, again)
    : good(`${tlsSecretName} is one of ${host}, for ${days} more days`);
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    // OpenSSL's message says nothing that a person could use.
    if (!`${(error as NodeJS.ErrnoException).code}`.startsWith('ERR_OSSL')) throw error;
    return undefined;
  }
}
