import { X509Certificate } from 'node:crypto';
import { hostsOf, type IngressAddress, type Issuer } from '../../../environments/address.ts';
import { clusterOf } from '../../../environments/cluster.ts';
import { get } from '../../cluster/cluster.ts';
import { groupsIn } from '../../cluster/custom-kinds.ts';
import { holds, type Secret } from '../../cluster/objects.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Less than this is too short to replace the site's certificate without haste. */
const certificateDays = 21;

/** Whether the issuer from which cert-manager gets the certificate is there, and ready. */
export async function issuer(
  { cluster, environment: { namespace }, name }: Patient,
  wanted: Issuer,
): Promise<Finding> {
  if (!(await groupsIn(cluster)).includes('cert-manager.io'))
    return bad(
      'the cluster has no cert-manager.io, so nobody makes the certificate',
      `install cert-manager, or take issuer out of environments/${name}.ts and make the Secret yourself`,
    );
  const kind = `${wanted.kind.toLowerCase()}s.cert-manager.io`;
  const where = wanted.kind === 'Issuer' ? ['--namespace', namespace] : [];
  const found = await get<{ readonly status?: { readonly conditions?: Parameters<typeof holds>[1] } }>(
    cluster,
    [kind, wanted.name, ...where],
  );
  const whole = `${wanted.kind} ${wanted.name}`;
  if (!found)
    return bad(
      `there is no ${whole}, so nobody makes the certificate`,
      `make it (https://cert-manager.io/docs/configuration/), or name another one in environments/${name}.ts, address.tls.issuer`,
    );
  return holds('Ready', found.status?.conditions)
    ? good(`the ${whole} is ready`)
    : bad(
        `the ${whole} is not ready`,
        `kubectl --context ${cluster.context} describe ${[kind, wanted.name, ...where].join(' ')}`,
      );
}

/** Whether the site's certificate is there, is one of its hosts, and is valid for some weeks. */
export async function siteCertificate(
  { cluster, environment, name, now }: Patient,
  address: IngressAddress,
  { secretName }: { readonly secretName: string },
): Promise<Finding> {
  const { namespace } = environment;
  const secret = await get<Secret>(cluster, ['secret', secretName, '--namespace', namespace]);
  const kubectl = `kubectl --context ${cluster.context}`;
  const first = clusterOf(environment).createsNamespace
    ? `${kubectl} apply -f dist/${name}/00-namespace.yaml; `
    : '';
  const make = `${kubectl} create secret tls ${secretName} --namespace ${namespace} --cert=tls.crt --key=tls.key`;
  if (!secret)
    return bad(
      `there is no Secret ${secretName} in ${namespace}, so visitors get a certificate that their browsers refuse`,
      `${first}${make}`,
    );
  const [certificate, key] = ['tls.crt', 'tls.key'].map((entry) => secret.data?.[entry]);
  const again = `${make} --dry-run=client --output yaml | ${kubectl} replace --filename -`;
  if (!certificate || !key) return bad(`the Secret ${secretName} lacks tls.crt or tls.key`, again);
  const parsed = read(Buffer.from(certificate, 'base64').toString());
  if (!parsed) return bad(`tls.crt of the Secret ${secretName} is no certificate in PEM form`, again);
  const hosts = hostsOf(address);
  const other = hosts.find((host) => parsed.checkHost(host) === undefined);
  if (other !== undefined)
    return bad(
      `the certificate in ${secretName} is not one of ${other}: ${parsed.subjectAltName ?? 'it has no name'}`,
      again,
    );
  const days = Math.floor((Date.parse(parsed.validTo) - now.getTime()) / 86_400_000);
  if (days < 0) return bad(`the certificate in ${secretName} expired on ${parsed.validTo}`, again);
  return days < certificateDays
    ? warning(`the certificate in ${secretName} is valid for ${days} more days`, again)
    : good(`${secretName} is one of ${hosts.join(', ')}, for ${days} more days`);
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
