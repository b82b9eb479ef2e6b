import { credentials, credentialsOf } from '../../environments/credentials.ts';
import { externalSecretsIn, readyOf, reasonsFor } from '../cluster/external-secrets.ts';
import { bad, type Finding, good } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether the External Secrets Operator could copy each value from the store when it was asked to. */
export async function externalSecrets({ cluster, environment, name }: Patient): Promise<Finding> {
  const { namespace } = environment;
  const wanted: string[] = credentialsOf(environment).map((each) => credentials[each].secret);
  const present = (await externalSecretsIn(cluster, namespace)).filter(({ metadata }) =>
    wanted.includes(metadata.name),
  );
  const absent = wanted.filter((secret) => !present.some(({ metadata }) => metadata.name === secret));
  if (absent.length > 0)
    return bad(
      `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not there`,
      `kubectl --context ${cluster.context} apply -f dist/${name}/`,
    );
  const failed = present.filter((each) => readyOf(each)?.status !== 'True');
  if (failed.length === 0) return good(`all ${wanted.length} values were copied from the store`);
  const reasons = await reasonsFor(cluster, namespace, failed);
  return bad(
    failed.map(({ metadata }) => `${metadata.name}: ${reasons.get(metadata.name)}`).join('; '),
    `npm run secrets -- ${name} --context ${cluster.context} lists what the store must have; the operator tries again by itself`,
  );
}
