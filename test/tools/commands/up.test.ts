import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { localStore } from '../../../charts/object-store.ts';
import { environments } from '../../../environments/all.ts';
import { type CredentialName, credentials, providedCredentials } from '../../../environments/credentials.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { imageNames } from '../../../environments/images.ts';
import { manifestsOf, readManifests } from '../../../tools/cluster/manifests.ts';
import { environmentNames, localEnvironment } from '../../../tools/local/environments.ts';
import { localImages } from '../../../tools/local/images.ts';
import { allCalls, cli, envFileFor, folder, program, refused, up } from '../../lib/command-line.ts';
import { healthyController } from '../../lib/doctor.ts';
import { locally, ownObjectStore } from '../../lib/manifests.ts';

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
  const provided = providedCredentials(locally('staging', ownObjectStore));
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
      '  *jsonpath={.clusters*) echo https://127.0.0.1:40123;;',
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

  test('that another cluster lacks are asked for there', () => {
    holding([]);
    return refused(
      ['up', 'staging', '--context', 'kind-other'],
      /^\nerror: staging lacks .* in "kind-other"; .*then run: npm run up -- staging --context kind-other --env-file staging\.env$/s,
      { KIND_CLUSTERS: 'coped\nother' },
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

describe('what an earlier version has left in the cluster', () => {
  const labels = { 'app.kubernetes.io/name': 'former' };
  const former = ['Deployment', 'NetworkPolicy'].map((kind) => ({
    kind,
    metadata: { name: 'former', labels },
  }));

  /** Brings staging up, without backups, where all is ready and these objects are there. */
  async function upWith(...present: readonly object[]) {
    const images = localImages('staging', imageNames);
    const environment = localEnvironment(
      environments.staging,
      (name) => images.find((image) => image.name === name)?.reference ?? 'none:none',
      undefined,
    );
    const running = join(folder, 'running.json');
    writeFileSync(running, JSON.stringify({ items: manifestsOf(environment).flatMap(healthyController) }));
    const objects = JSON.stringify({ items: [...manifestsOf(environment), ...present] });
    const all = join(folder, 'all.json');
    writeFileSync(all, objects);
    const secrets = join(folder, 'secrets.json');
    const provided = providedCredentials(environments.staging).map((name) => credentials[name]);
    const items = provided.map(({ secret, key }) => ({
      metadata: { name: secret },
      data: { [key]: 'eA==' },
    }));
    writeFileSync(secrets, JSON.stringify({ items }));
    program(
      'kubectl',
      'case "$*" in',
      '  *" get service s3 "*) ;;',
      '  *" get --raw /apis"*) echo \'{"groups":[]}\';;',
      '  *" get jobs "*|*" get services "*) echo \'{"items":[]}\';;',
      `  *" get secrets "*) /bin/cat ${secrets};;`,
      `  *" get deployments,"*) /bin/cat ${running};;`,
      `  *" get configmap,"*" --selector app.kubernetes.io/part-of=coped,"*) /bin/cat ${all};;`,
      '  *" get "*) echo \'{"items":[{}]}\';;',
      '  *) printf kind-coped;;',
      'esac',
    );
    return up('staging', {}, { KIND_CLUSTERS: 'coped' });
  }

  test('is named, with the command that deletes it', async () => {
    const { exitCode, output } = await upWith(...former);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('staging is up')]);
    expect(output).toContain(
      'Deployment/former, NetworkPolicy/former of an earlier version is still there, and goes on running or allowing\n' +
        'if you do not need it: kubectl --context kind-coped --namespace coped-staging delete deployment/former networkpolicy/former\n',
    );
    expect(allCalls().filter((call) => call.includes(' delete '))).toEqual([]);
  });

  test('is not mentioned when there is nothing', async () => {
    const { exitCode, output } = await upWith();
    expect([exitCode, output]).toEqual([0, expect.not.stringContaining('of an earlier version')]);
  });
});

/** Brings dev up where all of this environment is ready, and gives the objects that were applied. */
async function upDev(environment: AnyEnvironment, current: string, context?: string) {
  const running = join(folder, 'running.json');
  writeFileSync(running, JSON.stringify({ items: manifestsOf(environment).flatMap(healthyController) }));
  program('kind', 'case "$1 $2" in "get clusters") echo coped; echo other;; esac');
  // Instead of the one that synthesizes: other tests read dist/ meanwhile.
  program('node');
  program(
    'kubectl',
    'case "$*" in',
    '  *jsonpath={.clusters*) echo https://127.0.0.1:40123;;',
    `  *current-context}*) printf ${current};;`,
    '  *" get secrets "*|*" get jobs "*|*" get services "*|*" get configmap,"*) echo \'{"items":[]}\';;',
    `  *" get deployments,"*) /bin/cat ${running};;`,
    '  *"get --raw /apis") echo \'{"groups":[]}\';;',
    '  *" get endpointslices "*) echo \'{"items":[{"endpoints":[{"addresses":["172.19.0.2"]}],"ports":[{"port":6443}]}]}\';;',
    '  *" get "*) echo \'{"items":[{}]}\';;',
    'esac',
  );
  const [, envFile] = envFileFor('dev');
  const outcome = await up('dev', { context, envFile });
  return { ...outcome, applied: readManifests(join(folder, 'dev')) };
}

describe('another local cluster', () => {
  const context = 'kind-other';
  const images = localImages('dev-with-source', imageNames);
  const reference = (name: string) => images.find((image) => image.name === name)?.reference ?? 'none:none';
  const upOnOther = () =>
    upDev(localEnvironment(environments.dev, reference, undefined, false), 'university-production', context);

  test('gets dev with the source in its image, and says so, and how the site is reached', async () => {
    const { exitCode, output, applied } = await upOnOther();
    expect([exitCode, output]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          'dev is up: http://localhost:8000, as long as this runs:\n' +
            // Visitors come to nginx where the application has a route or uploads.
            '  kubectl --context kind-other port-forward --namespace coped-dev service/(web 8000:8000|nginx 8000:80)\n' +
            'the source is in its image, as this cluster does not mount it: after an edit run npm run up -- --context kind-other again',
        ),
      ),
    ]);
    expect(applied.filter(({ kind }) => kind === 'PersistentVolume')).toEqual([]);
    expect(JSON.stringify(applied)).not.toContain('"claimName":"source"');
    expect(JSON.stringify(applied)).toMatch(/"image":"coped-web:[0-9a-f]{12}"/);
    expect(allCalls()).toContain(`kubectl --context kind-other apply --filename ${join(folder, 'dev')}`);
  });

  test('is the only one that is touched: each call names it, and the current context stays', async () => {
    await upOnOther();
    const calls = allCalls().filter((call) => call.startsWith('kubectl ') && !call.includes(' version '));
    expect(calls.filter((call) => !call.startsWith(`kubectl --context ${context} `))).toEqual([]);
    const ofKind = allCalls().filter(
      (call) => call.startsWith('kind ') && !/^kind (get clusters|version)$/.test(call),
    );
    expect(ofKind.filter((call) => !/^kind load docker-image \S+ --name other$/.test(call))).toEqual([]);
    expect(ofKind).not.toEqual([]);
  });
});

test('dev on a network of another range admits its visitors, and dist/ stays', async () => {
  program('docker', 'case "$*" in "network inspect kind") echo \'[{"Subnet": "10.90.0.0/16"}]\';; esac');
  const { exitCode, output, applied } = await upDev(environments.dev, 'kind-coped');
  expect([exitCode, output]).toEqual([0, expect.stringMatching(/dev is up: http:\/\/localhost:8000$/)]);
  expect(allCalls()).toContain(`kubectl --context kind-coped apply --filename ${join(folder, 'dev')}`);
  const policies = applied.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(JSON.stringify(policies)).toContain('"from":[{"ipBlock":{"cidr":"10.90.0.0/16"}}]');
  expect(JSON.stringify(applied)).toContain('"hostPath":{"path":"/srv/coped"');
});
