import { describe, expect, test } from '@jest/globals';
import { bad, failed, warning } from '../../../lib/doctor.ts';
import { condition, look, ownStore, store, withStore } from '../../../lib/secret-store.ts';

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
        'kubectl --context test describe clustersecretstores.external-secrets.io vault$',
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
