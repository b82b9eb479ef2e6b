import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type EnvironmentName, environments } from '../../../environments/all.ts';
import { credentials, providedCredentials } from '../../../environments/credentials.ts';
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
      const values = (origin: 'random' | 'issued') =>
        provided
          .filter((name) => credentials[name].origin === origin)
          .map((name) => variables.get(name)?.value);
      expect(values('random')).toEqual(
        values('random').map((_, index) => randomLooking(`${index + 1}`).hexadecimal),
      );
      expect(new Set(values('issued'))).toEqual(new Set(['change-me']));
    });

    test('says of each what it is for and where it comes from', () => {
      for (const name of provided) {
        const { description, minLength, origin } = credentials[name];
        const length = origin === 'random' ? `at least ${minLength} characters; ` : '';
        expect(text).toContain(`# ${description}\n# ${length}${remedyFor(credentials[name])}\n${name}=`);
      }
    });

    test('says how it is used, with its own name', () => {
      expect(text).toContain(`npm run secrets -- ${environment} --env-file trial.env `);
      expect(text).toContain(`npm run up -- ${environment} --env-file trial.env `);
      expect(text).toContain('in the place of each change-me');
    });
  },
);

test('a file without issued credentials asks for none', () => {
  const text = newEnvFile('training', 'training.env', ['SQL_PASSWORD'], () => randomLooking('x').hexadecimal);
  expect(text).not.toContain('in the place of each');
});

test('Git ignores env files in the root folder', () => {
  expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('/*.env');
});
