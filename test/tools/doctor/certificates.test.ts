import { expect, test } from '@jest/globals';
import { examine } from '../../../tools/commands/doctor.ts';
import type { Finding } from '../../../tools/doctor/finding.ts';
import { bad, clusterWith, found, healthyProduction } from '../../lib/doctor.ts';

test('a certificate that was not renewed, and one that is not there', async () => {
  const patient = {
    environment: healthyProduction,
    name: 'production' as const,
    now: new Date('2027-01-02T12:00:00Z'),
  };
  const findings = new Map<string, Finding>();
  await examine({ ...patient, cluster: clusterWith() }, (t, f) => findings.set(t, f));
  expect(findings.get('TLS certificates')).toEqual(
    bad('postgres-tls: 20 days left', 'create job --from=cronjob/renew-certificates'),
  );
  expect(await found('TLS certificates', { 'get secret/elasticsearch-tls': '' })).toEqual(
    bad('there is no Secret elasticsearch-tls', 'create job --from=cronjob/renew-certificates'),
  );
});
