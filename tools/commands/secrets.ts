import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { credentials, providedCredentials } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { chooseCluster, type TargetOptions } from '../cluster/cluster.ts';
import { issuersOf } from '../credentials/messages.ts';
import { newEnvFile, placeholder } from '../credentials/new-env-file.ts';
import { readCredentials } from '../credentials/read-credentials.ts';
import { type ProvidedCredentials, provideSecrets } from '../credentials/secrets.ts';
import { refuseSecretsOfStore, valuesOfStore } from '../credentials/store.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

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

/** Refuses an env file for an environment that makes all its credentials itself. */
export function requireProvidedCredentials(name: EnvironmentName): void {
  if (providedCredentials(environments[name]).length === 0) {
    throw new UserError(
      `${name} takes no env file: a Job in the cluster makes its credentials, once, at random`,
    );
  }
}

/**
 * Writes an env file with a random value for each credential that may have one. What somebody issues is left for the
 * person to put in.
 *
 * @throws UserError when the file exists: it may hold the only copy of what it holds
 */
function writeEnvFile(file: string, name: EnvironmentName, context: string | undefined): void {
  const environment: AnyEnvironment = environments[name];
  const provided = providedCredentials(environment);
  const text = newEnvFile(
    name,
    file,
    provided,
    () => randomBytes(32).toString('hex'),
    environment.secretStore,
    context,
  );
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${file} was not written: ${code === 'EEXIST' ? 'it exists, and may hold the only copy of its values' : code}\n` +
        'choose another name, or move it away',
    );
  }
  const issuers = issuersOf(provided);
  const isAnyRandom = provided.some((credential) => credentials[credential].origin === 'random');
  console.log(
    [
      `wrote ${file}${isAnyRandom ? ', with random values' : ''}: keep it in your password manager, and out of Git`,
      ...(issuers.length > 0 ? [`put in what was issued, in the place of each ${placeholder}:`] : []),
      ...issuers.map((each) => `  ${each}`),
    ].join('\n'),
  );
}

/** `npm run secrets -- ENVIRONMENT --env-file FILE`, or `--new FILE`; without both for one whose credentials are in a store */
export async function secretsCommand(
  name: EnvironmentName,
  options: TargetOptions & {
    readonly envFile?: string | undefined;
    readonly new?: string | undefined;
    readonly replace: boolean;
  },
): Promise<void> {
  requireProvidedCredentials(name);
  if (options.new !== undefined) return writeEnvFile(options.new, name, options.context);
  const environment: AnyEnvironment = environments[name];
  const { secretStore } = environment;
  if (secretStore !== undefined) {
    if (options.envFile !== undefined || options.replace) refuseSecretsOfStore(name, secretStore);
    console.log(valuesOfStore(name, environment, secretStore, options.context).join('\n'));
    return;
  }
  if (options.envFile === undefined)
    throw new UserError(
      `secrets needs --env-file FILE with the credentials of ${name}\nmake one with: npm run secrets -- ${name} --new ${name}.env`,
    );
  const provided = readEnvFile(options.envFile, name);
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This writes the Secrets of ${name}`, options);
  const done = await provideSecrets(cluster, environments[name], provided, options.replace);
  console.log(done.join('\n'));
  if (done.some((line) => line.startsWith('replaced'))) {
    console.log(
      'running pods still use the old values: docs/production.md, "Change a secret", says which to restart',
    );
  }
}
