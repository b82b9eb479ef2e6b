import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { Mail } from '../../environments/contract.ts';
import {
  backupStore,
  type Credential,
  credentials,
  credentialsOf,
  providedCredentials,
} from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { small } from '../lib/applications.ts';
import { externalProduction, externalStaging, locally } from '../lib/manifests.ts';
import { application as second } from '../second-application/application.ts';

const all: readonly [string, Credential][] = Object.entries(credentials);

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

test('a value that is made up is too long to be guessed', () => {
  const lengths = Object.fromEntries(
    all.flatMap(([name, each]) => (each.origin === 'random' ? [[name, each.minLength]] : [])),
  );
  for (const [name, length] of Object.entries(lengths)) expect([name, length >= 20]).toEqual([name, true]);
  expect(lengths).toMatchObject({ SECRET_KEY: 50, BACKUP_PASSPHRASE: 40 });
});

test.each(all.filter(([, { origin }]) => origin !== 'random'))('%s says who issues it', (_, { origin }) => {
  expect(origin).toMatch(/^the \w/);
});

test('the object store of the backups issues the keys of its bucket, and nothing else', () => {
  const names = all.filter(([, { origin }]) => origin === backupStore).map(([name]) => name);
  expect(names).toEqual(['BACKUP_S3_KEY', 'BACKUP_S3_SECRET']);
});

test('what encrypts the backups that exist can never be replaced, and each such credential says why', () => {
  const reasons = all.flatMap(([name, each]) =>
    each.origin === 'random' && each.permanentBecause !== undefined ? [[name, each.permanentBecause]] : [],
  );
  expect(reasons).toContainEqual(['BACKUP_PASSPHRASE', expect.stringContaining('encrypted with it')]);
  for (const reason of reasons) expect(reason).toEqual([reason[0], expect.stringMatching(/^\w+.* .*\w$/)]);
});

describe('an environment', () => {
  const dev = { ...environments.dev, application: small };
  const staging = { ...environments.staging, application: small };
  const production = { ...environments.production, application: small };
  const isOfBackups = (name: string) => name.startsWith('BACKUP_');

  test('has the credentials of backups only where there are backups', () => {
    expect(credentialsOf(production).filter(isOfBackups)).toHaveLength(3);
    expect(credentialsOf({ ...locally('production'), application: small })).toEqual(
      credentialsOf(production).filter((name) => !isOfBackups(name)),
    );
    expect(credentialsOf(dev).filter(isOfBackups)).toEqual([]);
  });

  test('has the password of Redis only if the application has Redis', () => {
    const without = { ...second, redis: undefined };
    const withRedis = credentialsOf({ ...production, application: second });
    expect(withRedis).toContain('REDIS_PASSWORD');
    expect(credentialsOf({ ...production, application: without })).toEqual(
      withRedis.filter((name) => name !== 'REDIS_PASSWORD'),
    );
  });

  test('has a name and a password for the relay of its mail only if that wants them', () => {
    const { mail } = second;
    const ofMail = (environment: AnyEnvironment, changed: Mail | undefined) =>
      credentialsOf({ ...environment, application: { ...second, mail: changed } }).filter((name) =>
        name.startsWith('EMAIL_'),
      );
    const both = ['EMAIL_HOST_USER', 'EMAIL_HOST_PASSWORD'];
    expect(ofMail(production, mail)).toEqual(both);
    expect(ofMail(production, { ...mail, production: { ...mail.production, login: false } })).toEqual([]);
    expect(ofMail(production, undefined)).toEqual([]);
    expect(ofMail(staging, mail)).toEqual([]);
    expect(ofMail(staging, { ...mail, staging: mail.production })).toEqual(both);
    expect(ofMail(dev, mail)).toEqual([]);
    // A trial reaches no relay.
    expect(ofMail(locally('production'), mail)).toEqual([]);
  });

  test('whose operator provides them is given each that it needs', () => {
    expect(providedCredentials(production)).toEqual(credentialsOf(production));
  });

  test('whose credentials are in a store has each of them from a person', () => {
    for (const environment of [externalProduction, externalStaging])
      expect(providedCredentials(environment)).toEqual(credentialsOf(environment));
  });

  test.each([
    ['staging', staging],
    ['dev', dev],
  ] as const)(
    'that makes them is given only what nothing in it could make, or must outlive it: %s',
    (_, environment) => {
      const given = providedCredentials(environment);
      for (const name of credentialsOf(environment)) {
        const credential: Credential = credentials[name];
        const canBeMade = credential.origin === 'random' && credential.permanentBecause === undefined;
        expect([name, given.includes(name)]).toEqual([name, !canBeMade]);
      }
      expect(given.filter(isOfBackups)).toHaveLength(environment.kind === 'dev' ? 0 : 3);
    },
  );
});
