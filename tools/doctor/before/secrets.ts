import { providedCredentials } from '../../../environments/credentials.ts';
import { issuersOf } from '../../credentials/messages.ts';
import { missingCredentials } from '../../credentials/secrets.ts';
import { bad, type Finding, good } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Whether the cluster has every credential that a person provides. */
export async function providedSecrets({ cluster, environment, name }: Patient): Promise<Finding> {
  const missing = await missingCredentials(cluster, environment);
  const count = providedCredentials(environment).length;
  return missing.length === 0
    ? good(count === 0 ? 'a Job makes them all' : `${count} of ${count} that you provide are there`)
    : bad(
        `${environment.namespace} lacks ${missing.join(', ')}: pods that need them do not start`,
        [
          `npm run secrets -- ${name} --env-file FILE --context ${cluster.context}`,
          `npm run secrets -- ${name} --new FILE writes one`,
          ...issuersOf(missing),
        ].join('; '),
      );
}
