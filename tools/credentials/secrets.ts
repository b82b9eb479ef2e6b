import {
  type Credential,
  type CredentialName,
  credentials,
  providedCredentials,
} from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { applyNamespace } from '../cluster/apply.ts';
import { type Cluster, list } from '../cluster/cluster.ts';
import type { Secret } from '../cluster/objects.ts';
import { UserError } from '../terminal/user-error.ts';

/** Credentials that a person provides, by their names. */
export type ProvidedCredentials = Readonly<Partial<Record<CredentialName, string>>>;

/** Names of the credentials that a person provides and the cluster does not hold yet. */
export async function missingCredentials(
  cluster: Cluster,
  environment: AnyEnvironment,
): Promise<CredentialName[]> {
  const present = await presentSecrets(cluster, environment.namespace);
  return providedCredentials(environment).filter((credential) => {
    const { secret, key } = credentials[credential];
    return present.get(secret)?.data?.[key] === undefined;
  });
}

async function presentSecrets(cluster: Cluster, namespace: string): Promise<Map<string, Secret>> {
  const secrets = await list<Secret>(cluster, ['secrets', '--namespace', namespace]);
  return new Map(secrets.map((secret) => [secret.metadata.name, secret]));
}

function permanentBecause(name: CredentialName): string | undefined {
  const credential: Credential = credentials[name];
  return credential.origin === 'random' ? credential.permanentBecause : undefined;
}

/**
 * Creates the Secrets of the credentials that a person provides.
 *
 * @param replace whether a Secret that holds another value is replaced
 * @returns what was done with each Secret
 * @throws UserError, before any change, when a Secret holds another value and `replace` was not given
 */
export async function provideSecrets(
  cluster: Cluster,
  environment: AnyEnvironment,
  provided: ProvidedCredentials,
  replace: boolean,
): Promise<string[]> {
  const { namespace } = environment;
  const present = await presentSecrets(cluster, namespace);
  const plans = (Object.entries(provided) as [CredentialName, string][]).map(([credential, text]) => {
    const { secret, key } = credentials[credential];
    const before = present.get(secret)?.data?.[key];
    const value = Buffer.from(text).toString('base64');
    const change = before === undefined ? 'created' : before === value ? 'unchanged' : 'replaced';
    return { credential, secret, key, value, change };
  });
  const differing = plans.filter(({ change }) => change === 'replaced');
  const permanent = differing.flatMap((plan) => {
    const because = permanentBecause(plan.credential);
    return because === undefined ? [] : [{ ...plan, because }];
  });
  if (permanent.length > 0) {
    throw new UserError(
      [
        ...permanent.map(
          ({ credential, because }) =>
            `${namespace} holds another value of ${credential}, which --replace does not replace: ${because}`,
        ),
        'nothing was changed; put the value that the cluster holds into the env file: ' +
          permanent
            .map(
              ({ secret, key }) =>
                `kubectl --context ${cluster.context} get secret ${secret} --namespace ${namespace} --output jsonpath='{.data.${key}}' | base64 --decode`,
            )
            .join('; '),
      ].join('\n'),
    );
  }
  if (differing.length > 0 && !replace) {
    const names = differing.map(({ credential, secret }) => `${credential} (Secret ${secret})`).join(', ');
    throw new UserError(
      `${namespace} holds another value of ${names}\n` +
        'running pods use the old one: nothing was changed; give --replace to replace it, and restart the pods then',
    );
  }
  await applyNamespace(cluster, environment);
  const changed = plans.filter(({ change }) => change !== 'unchanged');
  if (changed.length > 0) {
    const items = changed.map(({ secret, key, value }) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace, labels: { 'app.kubernetes.io/part-of': 'coped' } },
      type: 'Opaque',
      data: { [key]: value },
    }));
    // Server-side: a client-side apply would keep a second copy of the values in an annotation.
    await cluster.kubectl(
      ['apply', '--server-side', '--force-conflicts', '--field-manager', 'coped-secrets', '--filename', '-'],
      {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
      },
    );
  }
  return plans.map(({ secret, change }) => `${change} Secret ${secret}`);
}
