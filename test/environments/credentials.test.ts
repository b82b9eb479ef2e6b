import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import {
  type Credential,
  credentials,
  credentialsOf,
  providedCredentials,
} from '../../environments/credentials.ts';
import { small } from '../lib/applications.ts';
import { locally } from '../lib/manifests.ts';
import { application as second } from '../second-application/application.ts';

const all: readonly [string, Credential][] = Object.entries(credentials);
const ofBackups = ['BACKUP_PASSPHRASE', 'BACKUP_S3_KEY', 'BACKUP_S3_SECRET'];

test.each(all)(
  '%s has a Secret of its own, with a name and a key that Kubernetes takes',
  (_, { secret, key }) => {
    expect(secret).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    expect(key).toMatch(/^[-a-z0-9]+$/);
    expect(all.filter(([, other]) => other.secret === secret)).toHaveLength(1);
  },
);

test.each(all)('%s says to the operator what it is for', (_, { description }) => {
  expect(description).toMatch(/^\w+.* .*\w/);
});

test('a value that is made up is too long to be guessed; the length of one that somebody issues is not ours', () => {
  for (const [name, { origin, minLength }] of all)
    expect([name, minLength]).toEqual([
      name,
      origin === 'issued' ? 1 : name === 'SECRET_KEY' ? 50 : name === 'BACKUP_PASSPHRASE' ? 40 : 20,
    ]);
});

test('only the keys of the object store are issued by somebody else', () => {
  expect(
    all.filter(([, { origin }]) => origin !== 'random').map(([name, { origin }]) => [name, origin]),
  ).toEqual([
    ['BACKUP_S3_KEY', 'issued'],
    ['BACKUP_S3_SECRET', 'issued'],
  ]);
});

test('only what encrypts the backups that exist can never be replaced', () => {
  const permanent = all.filter(([, { isPermanent }]) => isPermanent !== undefined);
  expect(permanent.map(([name, { isPermanent }]) => [name, isPermanent])).toEqual([
    ['BACKUP_PASSPHRASE', true],
  ]);
});

describe('an environment', () => {
  const dev = { ...environments.dev, application: small };
  const staging = { ...environments.staging, application: small };
  const production = { ...environments.production, application: small };
  const names = all.map(([name]) => name).filter((name) => name !== 'REDIS_PASSWORD');

  test('has the credentials of backups only where there are backups', () => {
    expect(credentialsOf(production)).toEqual(names);
    const others = names.filter((name) => !ofBackups.includes(name));
    expect(others).toHaveLength(names.length - ofBackups.length);
    for (const without of [dev, { ...locally('production'), application: small }])
      expect(credentialsOf(without)).toEqual(others);
  });

  test('has the password of Redis only if the application has Redis', () => {
    expect(credentialsOf({ ...production, application: second })).toEqual(all.map(([name]) => name));
  });

  test('whose operator provides them is given each of them', () => {
    expect(providedCredentials(production)).toEqual(credentialsOf(production));
  });

  test('that makes them is given only what nothing in it could make, or must outlive it', () => {
    expect(providedCredentials(staging)).toEqual(ofBackups);
    expect(providedCredentials(dev)).toEqual([]);
  });
});
