import {
  backupStore,
  type Credential,
  type CredentialName,
  credentials,
  mailService,
  uploadStore,
} from '../../environments/credentials.ts';
import { placeInStore, placeText, type SecretStore, storeText } from '../../environments/secret-store.ts';
import { inContext } from '../cluster/cluster.ts';
import { issuersOf, remedyFor } from './messages.ts';

/** Stands where a value is missing that only who issues it can give. */
export const placeholder = 'change-me';

/**
 * Text of an env file that holds these credentials, each with what it is for and where it comes from.
 *
 * @param environment name of the environment, for the commands in the text
 * @param file where the text is to be written, for the commands in it
 * @param makeValue makes the value of a credential that may be random; an issued one gets the placeholder
 * @param store the store to which a person brings the values; without one they become Secrets by a command
 * @param context of the cluster, if the person named one
 */
export function newEnvFile(
  environment: string,
  file: string,
  names: readonly CredentialName[],
  makeValue: () => string,
  store?: SecretStore,
  context?: string,
): string {
  const issuers = issuersOf(names);
  const issuedBy = (issuer: string) => names.filter((name) => credentials[name].origin === issuer);
  const local = [
    { names: issuedBy(backupStore), where: 'a local cluster without an object store' },
    { names: issuedBy(uploadStore), where: 'a local cluster, which keeps uploads on a volume,' },
    { names: issuedBy(mailService), where: 'a local cluster, which reaches no relay,' },
  ];
  const introduction = [
    `The credentials of ${environment} that you provide. What is not secret (hosts, sizes, replicas) stands in`,
    `environments/${environment}.ts. To use this file:`,
    '',
    ...(issuers.length > 0 ? [`  put in what was issued, in the place of each ${placeholder}:`] : []),
    ...issuers.map((each) => `    ${each}`),
    store
      ? `  put each value into the ${storeText(store)}, where its comment says`
      : `  npm run secrets -- ${environment} --env-file ${file}${inContext(context)}     (makes the Secrets in ${context === undefined ? "kubectl's current cluster" : `"${context}"`})`,
    `  npm run up -- ${environment} --env-file ${file}          (on the local cluster: makes them, and all the rest)`,
    '',
    `Keep this file in your password manager and out of Git. ${store ? 'The command refuses' : 'Both commands refuse'} a value that is missing, short or weak.`,
    ...local
      .filter(({ names }) => names.length > 0)
      .map(({ names, where }) => `On ${where} ${names.join(' and ')} may stay ${placeholder}.`),
    '',
    'Lines are NAME=value. A value may stand in single or double quotes, in which nothing is special; a comment has a',
    'line of its own.',
  ];
  const entries = names.map((name) => {
    const credential: Credential = credentials[name];
    const isRandom = credential.origin === 'random';
    const length = isRandom ? `at least ${credential.minLength} characters; ` : '';
    const place = store && placeText(placeInStore(store, name));
    const lines = [
      credential.description,
      `${length}${remedyFor(credential)}`,
      ...(place ? [`in the store: ${place}`] : []),
    ];
    return `${comment(lines)}${name}=${isRandom ? makeValue() : placeholder}\n`;
  });
  return [comment(introduction), ...entries].join('\n');
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => `${`# ${line}`.trimEnd()}\n`).join('');
}
