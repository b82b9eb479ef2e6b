import { describe, expect, test } from '@jest/globals';
import { credentials, credentialsOf } from '../../../environments/credentials.ts';
import { placeInStore, placeText, type SecretStore } from '../../../environments/secret-store.ts';
import { howToProvide } from '../../../tools/credentials/messages.ts';
import { newEnvFile } from '../../../tools/credentials/new-env-file.ts';
import { refuseSecretsOfStore, valuesOfStore } from '../../../tools/credentials/store.ts';
import { small } from '../../lib/applications.ts';
import { externalProduction, externalStaging } from '../../lib/manifests.ts';
import { randomLooking } from './random-looking.ts';

const store = externalProduction.secretStore as SecretStore;
const environment = { ...externalProduction, application: small };
const needed = credentialsOf(environment);

describe('the values that a store must have', () => {
  const lines = valuesOfStore('production', environment, store);

  test('are listed once each, with where they are, what for, and where one comes from', () => {
    expect(lines[0]).toContain('production come from the ClusterSecretStore vault');
    const listed = lines.filter((line) => line.startsWith('  '));
    expect(listed).toHaveLength(needed.length);
    for (const [index, name] of needed.entries()) {
      const { description, origin } = credentials[name];
      expect(listed[index]).toContain(`  coped/production, property ${name}  `);
      expect(listed[index]).toContain(description);
      expect(listed[index]).toMatch(origin === 'random' ? /\(at least \d+ characters\)$/ : /\(the .*\)$/);
    }
  });

  test('come with the commands that make them, and that look for them', () => {
    expect(lines.slice(-2)).toEqual([
      expect.stringContaining('npm run secrets -- production --new FILE'),
      expect.stringContaining('npm run doctor -- production --before says'),
    ]);
    expect(valuesOfStore('production', environment, store, 'test').at(-1)).toContain(
      'npm run doctor -- production --before --context test says',
    );
  });
});

test('a Secret that the operator makes is not made from here, and where its value belongs is said', () =>
  expect(() => refuseSecretsOfStore('production', store)).toThrow(
    /^production takes no Secrets from here: .* ClusterSecretStore vault\n.*npm run secrets -- production lists/,
  ));

test('a new env file says where in the store each value belongs, and names no command that makes Secrets', () => {
  const text = newEnvFile('production', 'trial.env', needed, () => randomLooking('x').hexadecimal, store);
  expect(text).not.toContain('npm run secrets -- production --env-file');
  expect(text).toContain('put each value into the ClusterSecretStore vault');
  for (const name of needed)
    expect(text).toMatch(new RegExp(`\n# in the store: ${placeText(placeInStore(store, name))}\n${name}=`));
});

test('a place is an entry, or a property of it', () => {
  const { secretStore } = externalStaging;
  expect(secretStore && placeText(placeInStore(secretStore, 'SQL_PASSWORD'))).toBe(
    'coped-staging-postgres-app',
  );
  expect(placeText(placeInStore(store, 'SQL_PASSWORD'))).toBe('coped/production, property SQL_PASSWORD');
});

test('what is missing is provided by an env file, or in the store', () => {
  expect(
    howToProvide('production', { ...environment, credentials: 'provided', secretStore: undefined }, 'test'),
  ).toBe('npm run secrets -- production --env-file FILE --context test');
  expect(howToProvide('production', environment, 'test')).toBe(
    'put it into the ClusterSecretStore vault: npm run secrets -- production --context test says where',
  );
});
