import { expect, test } from '@jest/globals';
import { authoritySecret, tlsSecret } from '../../charts/lib/tls.ts';
import { workloads } from '../../charts/workloads.ts';
import { credentials as ofTheStandIn } from '../../environments/application.ts';
import type { Credential } from '../../environments/credentials.ts';
import { validateCredentials } from '../../environments/validate-credentials.ts';
import { credentials as ofTheSecond } from '../second-application/application.ts';

const apiKey: Credential = {
  secret: 'map-service',
  key: 'api-key',
  origin: 'the map service',
  neededIn: () => true,
  description: 'key with which the site draws maps',
};
const random: Credential = { ...apiKey, origin: 'random', minLength: 20 };

test.each([
  ['the stand-in', ofTheStandIn],
  ['the second application', ofTheSecond],
  ['one that somebody issues', { MAP_KEY: apiKey }],
  ['one that is made', { MAP_KEY: random }],
])('nothing is wrong with those of %s', (_, own) => {
  expect(validateCredentials(own)).toEqual([]);
});

const free = 'a name that none of the charts has (environments/credentials.ts)';
const alone = 'a Secret that holds no other credential';

test.each([
  [
    { 'map key': apiKey },
    'a name in credentials is "map key", expected the name of a variable: A-Z, 0-9 and _, not a digit first',
  ],
  [{ SECRET_KEY: apiKey }, `a name in credentials is "SECRET_KEY", expected ${free}`],
  [{ MAP_KEY: { ...apiKey, secret: 'django' } }, `credentials.MAP_KEY.secret is "django", expected ${alone}`],
  [
    { MAP_KEY: { ...apiKey, secret: 'Maps' } },
    'credentials.MAP_KEY.secret is "Maps", expected the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)',
  ],
  [
    { MAP_KEY: { ...apiKey, key: 'api key' } },
    'credentials.MAP_KEY.key is "api key", expected letters, digits, -, _ and ., as keys of a Secret are',
  ],
  [
    { MAP_KEY: { ...random, minLength: 0 } },
    'credentials.MAP_KEY.minLength is 0, expected a whole number, at least 1',
  ],
])('one that cannot work is refused by name: %#', (own: Record<string, Credential>, problem) => {
  expect(validateCredentials(own)).toEqual([problem]);
});

test.each(workloads.flatMap((workload) => [tlsSecret(workload), authoritySecret(workload)]))(
  'a Secret cannot be called %s, as one that the Job of the certificates writes',
  (secret) => {
    expect(validateCredentials({ MAP_KEY: { ...apiKey, secret } })).toEqual([
      `credentials.MAP_KEY.secret is "${secret}", expected a name that does not end in -tls or -ca, as the Secrets of certificates do`,
    ]);
  },
);

test.each(['tls', 'maps-ca-key', 'mapsca'])('a Secret may be called %s', (secret) => {
  expect(validateCredentials({ MAP_KEY: { ...apiKey, secret } })).toEqual([]);
});

test('two cannot share a Secret', () => {
  expect(validateCredentials({ MAP_KEY: apiKey, OTHER_KEY: apiKey })).toEqual([
    `credentials.MAP_KEY.secret is "map-service", expected ${alone}`,
    `credentials.OTHER_KEY.secret is "map-service", expected ${alone}`,
  ]);
});
