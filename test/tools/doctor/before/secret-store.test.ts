import { describe, expect, test } from '@jest/globals';
import { credentials, credentialsOf } from '../../../../environments/credentials.ts';
import type { AnyEnvironment } from '../../../../environments/environment.ts';
import { openProbe } from '../../../../tools/doctor/before/probe.ts';
import { type Answers, clusterBefore, found, foundBefore, items, published } from '../../../lib/before.ts';
import { bad, failed, warning } from '../../../lib/doctor.ts';
import { externalProduction } from '../../../lib/manifests.ts';

const keys = { entry: 'coped/production' };
const clusterStore = { kind: 'ClusterSecretStore', name: 'vault', keys } as const;
const ownStore = { kind: 'SecretStore', name: 'team', keys: { prefix: 'coped-' } } as const;
const { application, images } = published;
const withStore = (secretStore: typeof clusterStore | typeof ownStore) =>
  ({ ...externalProduction, application, images, secretStore }) as AnyEnvironment;
const environment = withStore(clusterStore);
const needed = credentialsOf(environment);

const condition = (status: string, message: string) => ({
  status: { conditions: [{ type: 'Ready', status, message }] },
});
const store = (state: object) => JSON.stringify({ metadata: { name: 'vault' }, ...state });

/** What the operator says of each ExternalSecret of the probe; good, but for these by the name of the credential. */
const asked = (differences: Readonly<Record<string, object>> = {}) =>
  items(
    ...needed.map((name) => ({
      metadata: { name: `before-${credentials[name].secret}` },
      ...(differences[name] ?? condition('True', 'secret synced')),
    })),
  );

/** A cluster with the operator and a store that has everything, but for these answers. */
const answers = (difference: Answers = {}): Answers => ({
  'get --raw /apis/external-secrets.io/v1': '{}',
  'get clustersecretstores.external-secrets.io vault': store(condition('True', 'store validated')),
  'get externalsecrets.external-secrets.io': asked(),
  'get events --namespace coped-production': items(),
  'apply --namespace coped-production': '',
  'delete --namespace coped-production': '',
  ...difference,
});
const look = (title: string, difference: Answers = {}, of = environment) =>
  foundBefore(title, answers(difference), of);

describe('the store', () => {
  const title = 'secret store';

  test('is ready', async () =>
    expect(await look(title)).toEqual({ level: 'good', detail: 'the ClusterSecretStore vault is ready' }));

  test('of which the API server does not know the kind', async () =>
    expect(
      await look(title, {
        'get --raw /apis/external-secrets.io/v1': await failed(
          'Error from server (NotFound): the server could not find the requested resource',
        ),
      }),
    ).toEqual(bad('knows no ExternalSecrets of external-secrets.io/v1', 'External Secrets Operator')));

  test('is not there', async () =>
    expect(await look(title, { 'get clustersecretstores.external-secrets.io vault': '' })).toEqual(
      bad('^there is no ClusterSecretStore vault$', 'environments/production.ts, secretStore$'),
    ));

  test('of the namespace is looked for in it', async () =>
    expect(
      await look(
        title,
        { 'get secretstores.external-secrets.io team --namespace coped-production': '' },
        withStore(ownStore),
      ),
    ).toEqual(bad('^there is no SecretStore team in coped-production$', 'make it')));

  test('is not ready, and says why', async () =>
    expect(
      await look(title, {
        'get clustersecretstores.external-secrets.io vault': store(
          condition('False', 'unable to log in: permission denied'),
        ),
      }),
    ).toEqual(
      bad(
        'vault is not ready: unable to log in: permission denied$',
        'kubectl describe clustersecretstores.external-secrets.io vault$',
      ),
    ));

  test('has been looked at by no operator', async () =>
    expect(await look(title, { 'get clustersecretstores.external-secrets.io vault': store({}) })).toEqual(
      bad('no operator has looked at', 'see whether the External Secrets Operator runs'),
    ));

  test('may not be read by whoever may see a namespace only', async () =>
    expect(
      await look(title, {
        'get clustersecretstores.external-secrets.io vault': await failed(
          'Error from server (Forbidden): clustersecretstores "vault" is forbidden',
        ),
      }),
    ).toEqual(warning('you may not read the ClusterSecretStore vault', 'see the line Secrets')));
});

describe('the values', () => {
  const title = 'Secrets';

  test('are all there', async () =>
    expect(await look(title)).toEqual({
      level: 'good',
      detail: `the ClusterSecretStore vault has all ${needed.length}`,
    }));

  test('that the store lacks are named, with where they should be and what the operator says', async () => {
    const error = condition('False', 'could not get secret data from provider');
    const event = (name: string, message: string) => ({ involvedObject: { name }, message });
    const finding = await look(title, {
      'get externalsecrets.external-secrets.io': asked({ SQL_PASSWORD: error, BACKUP_S3_KEY: error }),
      'get events --namespace coped-production': items(
        event('before-postgres-app', 'an older reason'),
        event(
          'before-postgres-app',
          'error processing spec.data[0] (key: coped/production), err: Secret does not exist',
        ),
        event('before-django', 'something that is over'),
      ),
    });
    expect(finding).toEqual(
      bad(
        new RegExp(
          `^the ClusterSecretStore vault does not give 2 of ${needed.length}: ` +
            'SQL_PASSWORD \\(coped/production, property SQL_PASSWORD\\): Secret does not exist; ' +
            'BACKUP_S3_KEY \\(coped/production, property BACKUP_S3_KEY\\): could not get secret data from provider$',
        ),
        'npm run secrets -- production lists',
      ),
    );
  });

  test('are asked for in the namespace of the environment, as ExternalSecrets that make no Secret, and these go again', async () => {
    const inputs: string[] = [];
    const cluster = clusterBefore(
      answers({
        'apply --namespace coped-production': (input) => {
          inputs.push(input);
          return '';
        },
      }),
    );
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    const made = JSON.parse(inputs.join()).items;
    expect(made).toHaveLength(needed.length);
    for (const [index, name] of needed.entries())
      expect(made[index]).toMatchObject({
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: `before-${credentials[name].secret}` },
        spec: {
          secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
          target: { creationPolicy: 'None' },
          data: [{ remoteRef: { key: 'coped/production', property: name } }],
        },
      });
    await probe.remove();
    const names = needed.map((name) => `ExternalSecret/before-${credentials[name].secret}`).join(' ');
    expect(cluster.asked.at(-1)).toBe(
      `delete --namespace coped-production ${names} --ignore-not-found --wait=false`,
    );
  });

  test('what cannot be removed again is named, with the command', async () => {
    const cluster = clusterBefore(
      answers({ 'delete --namespace coped-production': await failed('the server does not answer') }),
    );
    const probe = openProbe(cluster, environment);
    await found(title, cluster, probe, environment);
    await expect(probe.remove()).rejects.toThrow(
      /is still there: the server does not answer\nremove it: kubectl --context test delete --namespace coped-production ExternalSecret\/before-django /,
    );
  });

  test('of a store for every namespace are asked for in the one of the probe, before the environment has one', async () => {
    const cluster = clusterBefore({
      'get --raw /apis/external-secrets.io/v1': '{}',
      'get namespace coped-production': '',
      'get externalsecrets.external-secrets.io --namespace coped-before-': asked(),
    });
    const probe = openProbe(cluster, environment);
    expect(await found(title, cluster, probe, environment)).toMatchObject({ level: 'good' });
    expect(cluster.names()).toContain('ExternalSecret before-postgres-app');
    await probe.remove();
    expect(cluster.asked.filter((question) => question.startsWith('delete'))).toEqual([
      `delete namespace ${probe.namespace} --ignore-not-found --wait=false`,
    ]);
  });

  test('are asked for in a namespace that somebody else has made, without asking for it', async () =>
    expect(
      await look(title, { 'get namespace coped-production': await failed('Error from server (Forbidden)') }, {
        ...environment,
        cluster: { createsNamespace: false },
      } as AnyEnvironment),
    ).toMatchObject({ level: 'good' }));

  test('are not asked for where nobody would answer, and nothing is made', async () => {
    const cluster = clusterBefore({
      'get --raw /apis/external-secrets.io/v1': await failed('Error from server (NotFound): not found'),
    });
    const probe = openProbe(cluster, environment);
    expect(await found(title, cluster, probe, environment)).toEqual(
      bad('without the External Secrets Operator', 'secret store'),
    );
    await probe.remove();
    expect(cluster.asked).toEqual(['get --raw /apis/external-secrets.io/v1']);
  });

  test('of a store of the namespace wait for the namespace', async () =>
    expect(await look(title, { 'get namespace coped-production': '' }, withStore(ownStore))).toEqual(
      bad('there is no namespace coped-production', 'kubectl apply -f dist/production/00-namespace.yaml'),
    ));
});
