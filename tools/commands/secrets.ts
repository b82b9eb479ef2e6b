import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import {
  type Credential,
  type CredentialName,
  credentials,
  providedCredentials,
} from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, chooseCluster, list, type TargetOptions } from '../cluster/cluster.ts';
import type { Secret } from '../cluster/objects.ts';
import { newEnvFile, placeholder } from '../credentials/new-env-file.ts';
import { readCredentials } from '../credentials/read-credentials.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

export type ProvidedCredentials = Readonly<Partial<Record<CredentialName, string>>>;

/**
 * Reads the credentials of an environment from a file that `--new` wrote and a person completed; changes nothing.
 *
 * @throws UserError when the file cannot be read, EnvFileError with every problem in it
 */
export function readEnvFile(
  file: string,
  name: EnvironmentName,
  needed = providedCredentials(environments[name]),
): ProvidedCredentials {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `the env file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}\n` +
        `make one with: npm run secrets -- ${name} --new ${name}.env`,
    );
  }
  const wanted = providedCredentials(environments[name]);
  return readCredentials(
    text,
    file,
    Object.fromEntries(wanted.map((credential) => [credential, credentials[credential]])),
    needed,
  );
}

/** Names of the credentials that the operator provides and the cluster does not hold yet. */
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

function isPermanent(name: CredentialName): boolean {
  const credential: Credential = credentials[name];
  return credential.isPermanent ?? false;
}

/**
 * Creates the Secrets of an environment whose credentials the operator provides.
 *
 * @param replace whether a Secret that holds another value is replaced
 * @returns what was done with each Secret
 * @throws UserError, before any change, when a Secret holds another value and `replace` was not given
 */
export async function provideSecrets(
  cluster: Cluster,
  name: EnvironmentName,
  provided: ProvidedCredentials,
  replace: boolean,
): Promise<string[]> {
  const { namespace } = environments[name];
  const present = await presentSecrets(cluster, namespace);
  const plans = (Object.entries(provided) as [CredentialName, string][]).map(([credential, text]) => {
    const { secret, key } = credentials[credential];
    const before = present.get(secret)?.data?.[key];
    const value = Buffer.from(text).toString('base64');
    const change = before === undefined ? 'created' : before === value ? 'unchanged' : 'replaced';
    return { credential, secret, key, value, change };
  });
  const differing = plans.filter(({ change }) => change === 'replaced');
  const permanent = differing.filter(({ credential }) => isPermanent(credential));
  if (permanent.length > 0) {
    throw new UserError(
      `${namespace} holds another value of ${permanent.map(({ credential }) => credential).join(', ')}, which --replace does not replace: ` +
        'the backups that exist are encrypted with it\nnothing was changed; put the value that the cluster holds into the env file: ' +
        permanent
          .map(
            ({ secret, key }) =>
              `kubectl get secret ${secret} --namespace ${namespace} --output jsonpath='{.data.${key}}' | base64 --decode`,
          )
          .join('; '),
    );
  }
  if (differing.length > 0 && !replace) {
    const names = differing.map(({ credential, secret }) => `${credential} (Secret ${secret})`).join(', ');
    throw new UserError(
      `${namespace} holds another value of ${names}\n` +
        'running pods use the old one: nothing was changed; give --replace to replace it, and restart the pods then',
    );
  }
  await cluster.kubectl(['apply', '--filename', `dist/${name}/00-namespace.yaml`]);
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

/** Refuses an env file for an environment that makes all its credentials itself. */
export function requireProvidedCredentials(name: EnvironmentName): void {
  if (providedCredentials(environments[name]).length === 0) {
    throw new UserError(
      `${name} takes no env file: a Job in the cluster makes its credentials, once, at random`,
    );
  }
}

/**
 * Writes an env file with a random value for each credential that may have one. What a provider issues is left for
 * the person to put in.
 *
 * @throws UserError when the file exists: it may hold the only copy of what it holds
 */
function writeEnvFile(file: string, name: EnvironmentName): void {
  const provided = providedCredentials(environments[name]);
  const text = newEnvFile(name, file, provided, () => randomBytes(32).toString('hex'));
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${file} was not written: ${code === 'EEXIST' ? 'it exists, and may hold the only copy of its values' : code}\n` +
        'choose another name, or move it away',
    );
  }
  const issued = provided.filter((credential) => credentials[credential].origin === 'issued');
  console.log(
    `wrote ${file}, with random values: keep it in your password manager, and out of Git` +
      (issued.length > 0
        ? `\nput in what its provider issued, in the place of each ${placeholder}: ${issued.join(', ')}`
        : ''),
  );
}

/** `npm run secrets -- ENVIRONMENT --env-file FILE`, or `--new FILE` */
export async function secretsCommand(
  name: EnvironmentName,
  options: TargetOptions & {
    readonly envFile?: string | undefined;
    readonly new?: string | undefined;
    readonly replace: boolean;
  },
): Promise<void> {
  requireProvidedCredentials(name);
  if (options.new !== undefined) return writeEnvFile(options.new, name);
  if (options.envFile === undefined)
    throw new UserError(
      `secrets needs --env-file FILE with the credentials of ${name}\nmake one with: npm run secrets -- ${name} --new ${name}.env`,
    );
  const provided = readEnvFile(options.envFile, name);
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This writes the Secrets of ${name}`, options);
  const done = await provideSecrets(cluster, name, provided, options.replace);
  console.log(done.join('\n'));
  if (done.some((line) => line.startsWith('replaced'))) {
    console.log(
      'running pods still use the old values: docs/production.md, "Change a secret", says which to restart',
    );
  }
}
