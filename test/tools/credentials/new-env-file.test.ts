import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type EnvironmentName, environments } from '../../../environments/all.ts';
import { type Credential, credentials, providedCredentials } from '../../../environments/credentials.ts';
import { parseEnvFile } from '../../../tools/credentials/env-file.ts';
import { remedyFor } from '../../../tools/credentials/messages.ts';
import { newEnvFile } from '../../../tools/credentials/new-env-file.ts';
import { randomLooking } from './random-looking.ts';

const names = Object.keys(environments) as EnvironmentName[];

describe.each(names.filter((name) => providedCredentials(environments[name]).length > 0))(
  '%s',
  (environment) => {
    const provided = providedCredentials(environments[environment]);
    let made = 0;
    const text = newEnvFile(environment, 'trial.env', provided, () => {
      made += 1;
      return randomLooking(`${made}`).hexadecimal;
    });
    const { variables, problems } = parseEnvFile(text);

    test('names exactly the credentials that are to be provided', () => {
      expect(problems).toEqual([]);
      expect([...variables.keys()]).toEqual(provided);
    });

    test('gives each that may be random a value of its own, and leaves what is issued to be put in', () => {
      const values = (isRandom: boolean) =>
        provided
          .filter((name) => (credentials[name].origin === 'random') === isRandom)
          .map((name) => variables.get(name)?.value);
      expect(values(true)).toEqual(values(true).map((_, index) => randomLooking(`${index + 1}`).hexadecimal));
      for (const value of values(false)) expect(value).toBe('change-me');
    });

    test('says of each what it is for and where it comes from', () => {
      for (const name of provided) {
        const credential: Credential = credentials[name];
        const length = credential.origin === 'random' ? `at least ${credential.minLength} characters; ` : '';
        expect(text).toContain(`# ${credential.description}\n# ${length}${remedyFor(credential)}\n${name}=`);
      }
    });

    test('says who issues what, if somebody does', () => {
      const issued = provided.filter((name) => credentials[name].origin !== 'random');
      const issuers = new Set(issued.map((name) => credentials[name].origin));
      expect(text.includes('put in what was issued, in the place of each change-me:\n')).toBe(
        issuers.size > 0,
      );
      for (const issuer of issuers) {
        const theirs = issued.filter((name) => credentials[name].origin === issuer);
        expect(text).toContain(`\n#     ${issuer} issues ${theirs.join(', ')}\n`);
      }
    });

    test('says that the keys of the backups may be left out without an object store, and of nothing else', () => {
      const hasBackups = provided.includes('BACKUP_S3_KEY');
      const keys = hasBackups ? 'BACKUP_S3_KEY and BACKUP_S3_SECRET' : '';
      expect(/without an object store (.*) may stay change-me/.exec(text)?.[1] ?? '').toBe(keys);
      expect(/object store/.test(text)).toBe(hasBackups);
    });

    test('says how it is used, with its own name', () => {
      expect(text).toContain(`npm run secrets -- ${environment} --env-file trial.env `);
      expect(text).toContain(`npm run up -- ${environment} --env-file trial.env `);
    });
  },
);

test('a file of random values names nobody who issues one', () => {
  const text = newEnvFile('training', 'training.env', ['SQL_PASSWORD'], () => randomLooking('x').hexadecimal);
  expect(text).not.toMatch(/issue|change-me|object store/);
});

test('a file that is made for a cluster names it', () => {
  const text = newEnvFile('training', 'training.env', ['SQL_PASSWORD'], () => '', undefined, 'test');
  expect(text).toContain('--env-file training.env --context test     (makes the Secrets in "test")');
});

test('Git ignores env files in the root folder', () => {
  expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('/*.env');
});

test.each([
  {
    names: ['AWS_S3_ACCESS_KEY_ID', 'AWS_S3_SECRET_ACCESS_KEY'],
    issuer: 'the object store of the uploads',
    why: 'which keeps uploads on a volume',
  },
  {
    names: ['EMAIL_HOST_USER', 'EMAIL_HOST_PASSWORD'],
    issuer: 'the mail service',
    why: 'which reaches no relay',
  },
] as const)('a file with what $issuer issues says that the local cluster needs none', (given) => {
  const { names, issuer, why } = given;
  const text = newEnvFile('training', 'training.env', names, () => '');
  expect(text).toContain(`On a local cluster, ${why}, ${names.join(' and ')} may stay change-me.`);
  expect(text).toContain(`${issuer} issues ${names.join(', ')}`);
});
