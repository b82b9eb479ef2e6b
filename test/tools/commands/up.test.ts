import { describe, expect, test } from '@jest/globals';
import { localStore } from '../../../charts/object-store.ts';
import { environments } from '../../../environments/all.ts';
import { type CredentialName, credentials, providedCredentials } from '../../../environments/credentials.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { staging } from '../../../environments/staging.ts';
import { environmentNames } from '../../../tools/local/environments.ts';
import { allCalls, cli, envFileFor, program, refused } from '../../lib/command-line.ts';

test('why a step failed is said once', async () => {
  program('kubectl', 'case "$*" in *" get "*) echo \'{"items":[{}]}\';; *) printf kind-coped;; esac');
  program(
    'docker',
    'case "$1 $2" in "image inspect") exit 1;; "build "*) echo "there is no space left" >&2; exit 1;; esac',
  );
  const { exitCode, output } = await cli(['up', ...envFileFor('dev')], { KIND_CLUSTERS: 'coped' });
  expect([exitCode, output]).toEqual([1, expect.stringMatching(/error: the image \w+ could not be had/)]);
  expect(output.match(/could not be had/g)).toHaveLength(1);
  expect(output.match(/there is no space left/g)).toHaveLength(1);
});

describe('credentials that a person provides', () => {
  const provided = providedCredentials(staging);
  const present = { KIND_CLUSTERS: 'coped', CURRENT_CONTEXT: 'kind-coped' };

  /** A cluster with an object store, in which staging holds these. */
  function holding(names: readonly CredentialName[]): void {
    const items = names.map((name) => ({
      metadata: { name: credentials[name].secret },
      data: { [credentials[name].key]: 'dmFsdWU=' },
    }));
    program(
      'kubectl',
      'case "$*" in',
      `  *" get secrets "*) echo '${JSON.stringify({ items })}';;`,
      `  *" get service s3 "*) echo '${JSON.stringify({ spec: { ports: [{ port: 7070 }] } })}';;`,
      '  *" get "*) echo \'{"items":[{}]}\';;',
      '  *) printf kind-coped;;',
      'esac',
    );
  }

  test('that all are missing are asked for, with who issues them and the commands', () => {
    holding([]);
    return refused(
      ['up', 'staging'],
      new RegExp(
        `^\\nerror: staging lacks ${provided.join(', ')} in the local cluster; .*the object store of the backups issues BACKUP_S3_KEY, BACKUP_S3_SECRET.*\\n` +
          'make an env file with: npm run secrets -- staging --new staging.env; then run: npm run up -- staging --env-file staging.env$',
      ),
      present,
    );
  });

  test('of which some are missing belong into the file with the others, which another file would not match', () => {
    holding(provided.filter((name) => name !== 'BACKUP_S3_KEY'));
    return refused(
      ['up', 'staging'],
      /^\nerror: staging lacks BACKUP_S3_KEY in the local cluster; the object store of the backups issues BACKUP_S3_KEY\nput what is missing into the env file that you have, as lines NAME=value; then run: npm run up -- staging --env-file FILE$/,
      present,
    );
  });
});

test.each(environmentNames)('%s asks for an object store if it makes backups', async (name) => {
  program(
    'kubectl',
    'case "$*" in *" get service "*) ;; *" get secrets "*) echo \'{"items":[]}\';; *" get "*) echo \'{"items":[{}]}\';; *) printf kind-coped;; esac',
  );
  program('docker', 'case "$*" in *version*) ;; *) exit 1;; esac');
  await cli(['up', name], { KIND_CLUSTERS: 'coped' });
  const environment: AnyEnvironment = environments[name];
  const asks = allCalls().some((call) => call.includes(` service ${localStore.service} `));
  expect(asks).toBe(environment.backups !== undefined);
});
