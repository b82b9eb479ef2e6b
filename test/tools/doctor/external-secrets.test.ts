import { expect, test } from '@jest/globals';
import { credentials, credentialsOf } from '../../../environments/credentials.ts';
import { small } from '../../lib/applications.ts';
import { bad, found, healthyProduction } from '../../lib/doctor.ts';
import { externalProduction } from '../../lib/manifests.ts';

const environment = { ...externalProduction, application: small };
const needed = credentialsOf(environment).map((name) => credentials[name].secret);
const title = 'secret store';

/** What the operator says of each ExternalSecret, but for these by their names. */
const said = (differences: Readonly<Record<string, object | undefined>> = {}) => {
  const ready = { status: { conditions: [{ type: 'Ready', status: 'True', message: 'secret synced' }] } };
  const objects = needed.flatMap((name) => {
    const difference = name in differences ? differences[name] : ready;
    return difference === undefined ? [] : [{ metadata: { name }, ...difference }];
  });
  return { 'get externalsecrets.external-secrets.io': JSON.stringify({ items: objects }) };
};
const events = (...all: object[]) => ({ 'get events': JSON.stringify({ items: all }) });

test('all values were copied', async () =>
  expect(await found(title, said(), environment)).toEqual({
    level: 'good',
    detail: `all ${needed.length} values were copied from the store`,
  }));

test('one could not be copied, and why', async () => {
  const conditions = [{ type: 'Ready', status: 'False', message: 'could not get secret data' }];
  const answers = {
    ...said({ django: { status: { conditions } }, 'postgres-app': {} }),
    ...events({ involvedObject: { name: 'django' }, message: 'permission denied' }),
  };
  expect(await found(title, answers, environment)).toEqual(
    bad(
      /^django: permission denied; postgres-app: it does not say why$/,
      'npm run secrets -- production --context test lists',
    ),
  );
});

test('one is not there', async () =>
  expect(await found(title, said({ django: undefined }), environment)).toEqual(
    bad('^django is not there$', 'kubectl --context test apply -f dist/production/'),
  ));

test('an environment without a store is not asked', () =>
  expect(() => found(title, said(), healthyProduction)).toThrow('no check "secret store"'));
