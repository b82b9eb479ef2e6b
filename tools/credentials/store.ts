import type { EnvironmentName } from '../../environments/all.ts';
import {
  type Credential,
  type CredentialName,
  credentials,
  credentialsOf,
} from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { placeInStore, placeText, type SecretStore, storeText } from '../../environments/secret-store.ts';
import { inContext } from '../cluster/cluster.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * What `npm run secrets` says of an environment whose credentials are in a store: each value that the store must have.
 *
 * @param context of the cluster, if the person named one
 */
export function valuesOfStore(
  name: EnvironmentName,
  environment: AnyEnvironment,
  store: SecretStore,
  context?: string,
): string[] {
  const places = credentialsOf(environment).map((credential) => ({
    credential,
    place: placeText(placeInStore(store, credential)),
  }));
  const width = Math.max(...places.map(({ place }) => place.length));
  return [
    `the credentials of ${name} come from the ${storeText(store)}, which must have these values:`,
    ...places.map(({ credential, place }) => `  ${place.padEnd(width)}  ${wanted(credential)}`),
    `npm run secrets -- ${name} --new FILE writes a random value for each that may have one`,
    `npm run doctor -- ${name} --before${inContext(context)} says which of them the store lacks`,
  ];
}

function wanted(name: CredentialName): string {
  const credential: Credential = credentials[name];
  const source =
    credential.origin === 'random' ? `at least ${credential.minLength} characters` : credential.origin;
  return `${credential.description} (${source})`;
}

/**
 * Refuses to make Secrets that the External Secrets Operator makes.
 *
 * @throws UserError with where the values belong
 */
export function refuseSecretsOfStore(name: EnvironmentName, store: SecretStore): never {
  throw new UserError(
    `${name} takes no Secrets from here: its credentials come from the ${storeText(store)}\n` +
      `put the values there; npm run secrets -- ${name} lists them. docs/external-secrets.md says how one is changed`,
  );
}
