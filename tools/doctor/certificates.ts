import { X509Certificate } from 'node:crypto';
import { tlsSecret } from '../../charts/lib/tls.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import { type Cluster, secretValue } from '../cluster/cluster.ts';
import { bad, type Finding, good } from './finding.ts';
import type { Patient } from './patient.ts';

/** A certificate with fewer days left than this was not renewed in time. */
const certificateDays = 21;

/** Whether the certificates of the servers are renewed in time. */
export async function certificates({ cluster, environment, now }: Patient): Promise<Finding> {
  const servers = workloadsOf(environment).filter(({ certificateFor }) => certificateFor?.(environment));
  const found = await Promise.all(
    servers.map(async (server) => ({
      secret: tlsSecret(server),
      days: await daysLeft(cluster, environment.namespace, tlsSecret(server), now),
    })),
  );
  const detail = found
    .map(({ secret, days }) =>
      days === undefined ? `there is no Secret ${secret}` : `${secret}: ${days} days left`,
    )
    .join(', ');
  return found.every(({ days }) => days !== undefined && days >= certificateDays)
    ? good(detail)
    : bad(
        detail,
        `kubectl --context ${cluster.context} --namespace ${environment.namespace} create job --from=cronjob/renew-certificates renew-certificates-by-hand`,
      );
}

async function daysLeft(
  cluster: Cluster,
  namespace: string,
  secret: string,
  now: Date,
): Promise<number | undefined> {
  const certificate = await secretValue(cluster, namespace, secret, 'tls.crt');
  if (certificate === undefined) return undefined;
  const { validTo } = new X509Certificate(certificate);
  return Math.floor((new Date(validTo).getTime() - now.getTime()) / 86_400_000);
}
