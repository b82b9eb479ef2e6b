import { ExecaError } from 'execa';
import { sourceOf } from '../../../charts/external-secrets.ts';
import { clusterOf } from '../../../environments/cluster.ts';
import { type CredentialName, credentials, credentialsOf } from '../../../environments/credentials.ts';
import { placeInStore, placeText, type SecretStore, storeText } from '../../../environments/secret-store.ts';
import {
  ExternalSecretSpecTargetCreationPolicy as CreationPolicy,
  ExternalSecret,
  ExternalSecretSpecRefreshPolicy as RefreshPolicy,
} from '../../../imports/externalsecret-external-secrets.io.ts';
import { get } from '../../cluster/cluster.ts';
import {
  externalSecretsIn,
  knowsExternalSecrets,
  type OperatorObject,
  readyOf,
  reasonsFor,
} from '../../cluster/external-secrets.ts';
import { madeByCharts } from '../../cluster/manifests.ts';
import type { Namespace } from '../../cluster/objects.ts';
import { until } from '../../cluster/until.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Probe, ProbeObject } from './probe.ts';

/** How long the operator may take to ask the store for every value, in seconds. */
const askingSeconds = 60;

/**
 * Whether the External Secrets Operator is there, and can use the store.
 *
 * @see https://external-secrets.io/latest/api/clustersecretstore/
 */
export async function secretStore(
  { cluster, environment: { namespace }, name }: Patient,
  store: SecretStore,
): Promise<Finding> {
  if (!(await knowsExternalSecrets(cluster)))
    return bad(
      'the API server knows no ExternalSecrets of external-secrets.io/v1, so nothing makes the Secrets',
      'ask who runs the cluster for the External Secrets Operator, 0.16 or newer: https://external-secrets.io/latest/introduction/getting-started/',
    );
  const kind = `${store.kind.toLowerCase()}s.external-secrets.io`;
  const where = store.kind === 'SecretStore' ? ['--namespace', namespace] : [];
  let found: OperatorObject | undefined;
  try {
    found = await get<OperatorObject>(cluster, [kind, store.name, ...where]);
  } catch (error) {
    if (!(error instanceof ExecaError) || !`${error.stderr}`.includes('(Forbidden)')) throw error;
    return warning(
      `you may not read the ${storeText(store)}, so only the values say whether it works`,
      'see the line Secrets',
    );
  }
  const here = store.kind === 'SecretStore' ? ` in ${namespace}` : '';
  if (!found)
    return bad(
      `there is no ${storeText(store)}${here}`,
      `make it, or write another one into environments/${name}.ts, secretStore`,
    );
  const ready = readyOf(found);
  if (ready?.status === 'True') return good(`the ${storeText(store)} is ready`);
  return ready
    ? bad(
        `the ${storeText(store)} is not ready: ${ready.message ?? 'it does not say why'}`,
        `kubectl --context ${cluster.context} describe ${kind} ${[store.name, ...where].join(' ')}`,
      )
    : bad(
        `no operator has looked at the ${storeText(store)}`,
        'see whether the External Secrets Operator runs, and whether its controller class is that of the store',
      );
}

/**
 * Whether the store gives every value. The operator is asked to read each, and to make no Secret of it.
 *
 * It is asked in the environment's namespace if that is there: a store may be for some namespaces only.
 */
export async function valuesInStore(
  { cluster, environment, name }: Patient,
  store: SecretStore,
  probe: Probe,
): Promise<Finding> {
  if (!(await knowsExternalSecrets(cluster)))
    return bad(
      'the store cannot be asked without the External Secrets Operator',
      'see the line secret store; then look again',
    );
  const hasOwn =
    !clusterOf(environment).createsNamespace ||
    (await get<Namespace>(cluster, ['namespace', environment.namespace])) !== undefined;
  if (!hasOwn && store.kind === 'SecretStore')
    return bad(
      `there is no namespace ${environment.namespace}, in which the ${storeText(store)} has to be`,
      `kubectl --context ${cluster.context} apply -f dist/${name}/00-namespace.yaml; make the store, and look again`,
    );
  const namespace = hasOwn ? environment.namespace : probe.namespace;
  const names = credentialsOf(environment);
  await probe.apply(
    names.map((credential) => question(store, credential, probe)),
    namespace,
  );
  const asked = names.map((credential) => probeName(credential, probe));
  const answers = await answersIn(cluster, namespace, asked);
  const failed = answers.filter((each) => readyOf(each)?.status !== 'True');
  if (failed.length === 0) return good(`the ${storeText(store)} has all ${names.length}`);
  const reasons = await reasonsFor(cluster, namespace, failed);
  const lacking = names.flatMap((credential) => {
    const reason = reasons.get(probeName(credential, probe));
    return reason === undefined
      ? []
      : [`${credential} (${placeText(placeInStore(store, credential))}): ${reason}`];
  });
  return bad(
    `the ${storeText(store)} does not give ${failed.length} of ${names.length}: ${lacking.join('; ')}`,
    `npm run secrets -- ${name} --context ${cluster.context} lists what it must have; put that there, and look again`,
  );
}

/** Of the object with which a credential is asked for. No other run has it: what the operator said then may be over. */
function probeName(credential: CredentialName, { namespace }: Probe): string {
  return `${namespace}-${credentials[credential].secret}`;
}

function question(store: SecretStore, credential: CredentialName, probe: Probe): ProbeObject {
  return ExternalSecret.manifest({
    // By the labels the doctor finds what a run has left that was killed.
    metadata: { name: probeName(credential, probe), labels: madeByCharts },
    spec: {
      ...sourceOf(store, credential),
      refreshPolicy: RefreshPolicy.CREATED_ONCE,
      target: { creationPolicy: CreationPolicy.NONE },
    },
  });
}

/** What the operator says of each of these, once it has tried them all. */
function answersIn(
  cluster: Patient['cluster'],
  namespace: string,
  wanted: readonly string[],
): Promise<OperatorObject[]> {
  return until<OperatorObject[]>(
    askingSeconds,
    async () => {
      const all = await externalSecretsIn(cluster, namespace);
      const asked = all.filter(({ metadata }) => wanted.includes(metadata.name));
      const open = asked.filter((each) => readyOf(each) === undefined);
      return asked.length === wanted.length && open.length === 0
        ? { done: asked }
        : { waits: `${open.length} of ${wanted.length}` };
    },
    (waits) =>
      `the External Secrets Operator has not answered for ${waits} values in ${askingSeconds} s: does it run?`,
  );
}
