import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { type Credential, type CredentialName, credentials } from '../../../environments/credentials.ts';
import { commandFor } from '../../../tools/credentials/messages.ts';
import { EnvFileError, readCredentials } from '../../../tools/credentials/read-credentials.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import { randomLooking } from './random-looking.ts';

const file = 'production.env';
const names = Object.keys(credentials) as CredentialName[];
const good = Object.fromEntries(names.map((name) => [name, randomLooking(name).hexadecimal])) as Record<
  CredentialName,
  string
>;

/** A file of good values with some changed; those that become undefined are left out. */
function envFile(changes: { readonly [name in CredentialName]?: string | undefined } = {}): string {
  return Object.entries({ ...good, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function problems(text: string): readonly string[] {
  try {
    readCredentials(text, file, credentials);
  } catch (error) {
    if (error instanceof EnvFileError) return error.problems;
    throw error;
  }
  return [];
}

/** The line of a credential in such a file. */
const lineOf = (name: CredentialName) => names.indexOf(name) + 1;

const shared = randomLooking('shared').hexadecimal;

describe('readCredentials', () => {
  test('returns every credential', () => {
    expect(readCredentials(envFile(), file, credentials)).toEqual(good);
  });

  test('accepts what the recommended command makes', () => {
    for (const name of names) {
      const credential: Credential = credentials[name];
      if (credential.origin !== 'random') continue;
      const [program = '', ...options] = commandFor(credential.minLength).split(' ');
      const value = execFileSync(program, options, { encoding: 'utf8' }).trim();
      expect(problems(envFile({ [name]: value }))).toEqual([]);
    }
  });

  test('says what is wrong with a value, and what to do', () => {
    expect(problems(envFile({ SQL_PASSWORD: 'zq8!Kd3=' }))).toEqual([
      `production.env:${lineOf('SQL_PASSWORD')}: SQL_PASSWORD is too short: 8 characters, at least 20 are needed; make one with: openssl rand -hex 32`,
    ]);
  });

  test('says what a missing credential is for', () => {
    expect(problems(envFile({ ELASTIC_PASSWORD: undefined }))).toEqual([
      `production.env: ELASTIC_PASSWORD is missing: ${credentials.ELASTIC_PASSWORD.description}; make one with: openssl rand -hex 32`,
    ]);
  });

  test('does not call a credential missing whose line it cannot read', () => {
    expect(problems(envFile({ SQL_PASSWORD: '"abc' }))).toEqual([
      `production.env:${lineOf('SQL_PASSWORD')}: SQL_PASSWORD has an opening " without a closing one`,
    ]);
    expect(problems(envFile().replace('SQL_PASSWORD=', 'SQL_PASSWORD = '))).toEqual([
      `production.env:${lineOf('SQL_PASSWORD')}: a blank before \`=\`: expected NAME=value`,
    ]);
    expect(problems(envFile().replace('SQL_PASSWORD=', 'export SQL_PASSWORD='))).toHaveLength(1);
  });

  test('lists the credentials for an unknown name, and suggests the nearest', () => {
    const known = `expected ${names.join(', ')}`;
    const [a, b, c] = [1, 2, 3].map((line) => names.length + line);
    expect(problems(`${envFile()}SQL_PASWORD=a\nelastic_password=a\nDEBUG=1\n`)).toEqual([
      `production.env:${a}: SQL_PASWORD is not a credential: did you mean SQL_PASSWORD? ${known}`,
      `production.env:${b}: elastic_password is not a credential: did you mean ELASTIC_PASSWORD? ${known}`,
      `production.env:${c}: DEBUG is not a credential: ${known}`,
    ]);
  });

  test('says of a credential that is made elsewhere, or not needed here, that it is not provided here', () => {
    const read = () =>
      readCredentials(envFile(), file, { BACKUP_S3_KEY: credentials.BACKUP_S3_KEY }, ['BACKUP_S3_KEY']);
    expect(read).toThrow(
      `production.env:${lineOf('SQL_PASSWORD')}: SQL_PASSWORD is not a credential that you provide here: remove the line; expected BACKUP_S3_KEY`,
    );
  });

  test('takes the names of the prototype of every object for unknown ones', () => {
    expect(problems(`${envFile()}constructor=a\n__proto__=a\n`)).toHaveLength(2);
  });

  test('refuses one value for two credentials', () => {
    expect(problems(envFile({ ELASTIC_PASSWORD: good.SQL_PASSWORD }))).toEqual([
      `production.env:${lineOf('ELASTIC_PASSWORD')}: ELASTIC_PASSWORD has the value of SQL_PASSWORD (line ${lineOf('SQL_PASSWORD')}): give each its own`,
    ]);
  });

  test('is a mistake of the person, with each problem on a line', () => {
    const read = () => readCredentials('A\nB="\n', file, {});
    expect(read).toThrow(UserError);
    expect(read).toThrow(
      'production.env:1: expected NAME=value, found no `=`\nproduction.env:2: B has an opening " without a closing one',
    );
  });

  test('reports all problems at once, in the order of the lines', () => {
    expect(problems('SQL_PASSWORD=short\nWHAT\nSECRET_KEY=change-me\nSECRET_KEY=b\n')).toEqual([
      expect.stringContaining('production.env:1: SQL_PASSWORD is too short'),
      expect.stringContaining('production.env:2: expected NAME=value'),
      expect.stringContaining('production.env:3: SECRET_KEY is a placeholder'),
      expect.stringContaining('production.env:4: SECRET_KEY stands on line 3 already'),
      ...names
        .filter((name) => name !== 'SECRET_KEY' && name !== 'SQL_PASSWORD')
        .map((name) => expect.stringContaining(`production.env: ${name} is missing`)),
    ]);
  });

  test.each([
    ['too short', 'SQL_PASSWORD=Zq8Kd3Vw\n'],
    ['not ASCII', 'SQL_PASSWORD=Zq8Kd3Vwé\n'],
    ['a comment behind it', 'SQL_PASSWORD=Zq8Kd3Vw # of the database\n'],
    ['text behind its quote', 'SQL_PASSWORD="Zq8Kd3Vw"Zq8Kd3Vw\n'],
    ['an open quote', 'SQL_PASSWORD="Zq8Kd3Vw\n'],
    ['an invalid name', 'SQL-Zq8Kd3Vw=Zq8Kd3Vw\n'],
    ['broken over two lines', 'SQL_PASSWORD=0123456789abcdef0123\nZq8Kd3Vw\n'],
    ['broken over two lines, with padding', 'SQL_PASSWORD=0123456789abcdef0123\nZq8Kd3Vw==\n'],
    ['written twice', 'SQL_PASSWORD=Zq8Kd3Vw\nSQL_PASSWORD=Zq8Kd3Vw\n'],
    ['repeating itself', `SQL_PASSWORD=${'Zq8Kd3Vw'.repeat(3)}\n`],
    ['shared', envFile({ SQL_PASSWORD: `Zq8Kd3Vw${shared}`, ELASTIC_PASSWORD: `Zq8Kd3Vw${shared}` })],
  ])('never prints a value: %s', (_, text) => {
    const found = problems(text);
    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain('Zq8Kd3Vw');
  });
});

test('takes what somebody issued, however short, but no placeholder, and says who issues it', () => {
  expect(problems(envFile({ BACKUP_S3_KEY: 'a', BACKUP_S3_SECRET: 'change-me' }))).toEqual([
    `production.env:${lineOf('BACKUP_S3_SECRET')}: BACKUP_S3_SECRET is a placeholder still; take the one that the object store of the backups issued`,
  ]);
});
