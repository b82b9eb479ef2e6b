import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { type CredentialName, credentials, providedCredentials } from '../../../environments/credentials.ts';
import {
  commandFor,
  EnvFileError,
  parseEnvFile,
  readCredentials,
  remedyFor,
} from '../../../tools/credentials/env-file.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';

const file = 'production.env';
const names = Object.keys(credentials) as CredentialName[];
const good: Record<CredentialName, string> = {
  SECRET_KEY: '0123456789abcdef'.repeat(4),
  SQL_PASSWORD: 'sql-0123456789abcdef0123',
  SQL_MIGRATOR_PASSWORD: 'migrator-0123456789abcdef',
  SQL_READER_PASSWORD: 'reader-0123456789abcdef',
  SQL_REPLICATION_PASSWORD: 'replication-0123456789abcdef',
  ELASTIC_PASSWORD: 'elastic-0123456789abcdef',
  ELASTIC_INDEXER_PASSWORD: 'indexer-0123456789abcdef',
  ELASTIC_SNAPSHOT_PASSWORD: 'snapshot-0123456789abcdef',
  ELASTIC_MONITOR_PASSWORD: 'monitor-0123456789abcdef',
  BACKUP_PASSPHRASE: '0123456789abcdef-'.repeat(3),
  BACKUP_S3_KEY: 'key',
  BACKUP_S3_SECRET: 'a',
};

/** A file of good values with some changed; those that become undefined are left out. */
function envFile(changes: { readonly [name in CredentialName]?: string | undefined } = {}): string {
  return Object.entries({ ...good, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof EnvFileError) return error.problems;
    throw error;
  }
  return [];
}

const syntaxProblems = (text: string) => problemsOf(() => parseEnvFile(text, file));
const problems = (text: string) => problemsOf(() => readCredentials(text, file, credentials));

describe('parseEnvFile', () => {
  test('reads names, values and lines, and skips blank lines and comments', () => {
    expect(parseEnvFile('# comment\n\nA=1\n \t\n  # indented\n  _b2=2\n', file)).toEqual(
      new Map([
        ['A', { value: '1', line: 3 }],
        ['_b2', { value: '2', line: 6 }],
      ]),
    );
  });

  test.each([
    ['A=', ''],
    ['A=""', ''],
    ['A=  b c  ', 'b c'],
    ['A=b=c==', 'b=c=='],
    ['A=b#c', 'b#c'],
    ['A=$B`c`\\n', '$B`c`\\n'],
    ["A=it's", "it's"],
    ['A=" b # c "', ' b # c '],
    ["A='b\"c\\'", 'b"c\\'],
    ['A=b\r\n', 'b'],
    ['\uFEFFA=b', 'b'],
  ])('takes %j as it stands', (text, value) => {
    expect(parseEnvFile(text, file).get('A')?.value).toBe(value);
  });

  test.each([
    ['export A=b', '`export` does not belong into an env file: start the line with the name'],
    ['A', 'expected NAME=value, found no `=`'],
    ['A: b', 'expected NAME=value, found no `=`'],
    ['A =b', 'a blank before `=`: expected NAME=value'],
    ['1A=b', 'invalid name before `=`: expected letters, digits and _, not starting with a digit'],
    ['=b', 'invalid name before `=`: expected letters, digits and _, not starting with a digit'],
    ['A="b', 'A has an opening " without a closing one'],
    ["A='", "A has an opening ' without a closing one"],
    ['A="b"c', 'A has text after the closing "'],
    ["A='b' # c", "A has text after the closing '"],
    ['A=b # c', 'A has a # after a blank: put the value into quotes, or the comment on a line of its own'],
    ['A= # c', 'A has a # after a blank: put the value into quotes, or the comment on a line of its own'],
  ])('refuses %j', (text, problem) => {
    expect(syntaxProblems(`\n${text}\n`)).toEqual([`production.env:2: ${problem}`]);
  });

  test('names both lines of a duplicate', () => {
    expect(syntaxProblems('A=1\nB=2\nA=3\n')).toEqual([
      'production.env:3: A stands on line 1 already: keep one of them',
    ]);
  });

  test('reports every line that it cannot read, in a message of one line each', () => {
    const text = 'A\nB="\nexport C=1\n';
    expect(syntaxProblems(text)).toHaveLength(3);
    expect(() => parseEnvFile(text, file)).toThrow(syntaxProblems(text).join('\n'));
    expect(() => parseEnvFile(text, file)).toThrow(UserError);
  });
});

describe('readCredentials', () => {
  test('returns every credential', () => {
    expect(readCredentials(envFile(), file, credentials)).toEqual(good);
  });

  test('accepts what the recommended command makes', () => {
    for (const name of names) {
      const [program = '', ...options] = commandFor(credentials[name].minLength).split(' ');
      const value = execFileSync(program, options, { encoding: 'utf8' }).trim();
      expect(problems(envFile({ [name]: value }))).toEqual([]);
    }
  });

  test('accepts a value of exactly the shortest length', () => {
    const { minLength } = credentials.SQL_PASSWORD;
    const value = 'abcdefghij'.repeat(minLength).slice(0, minLength);
    expect(problems(envFile({ SQL_PASSWORD: value }))).toEqual([]);
    expect(problems(envFile({ SQL_PASSWORD: value.slice(1) }))).toHaveLength(1);
  });

  test.each([
    ['', 'is empty'],
    ['""', 'is empty'],
    ['zq8!Kd3=', 'is too short: 8 characters, at least 20 are needed'],
    ['a'.repeat(40), 'is too weak: 1 different characters, at least 8 are needed'],
    ['abcdefg'.repeat(6), 'is too weak: 7 different characters, at least 8 are needed'],
    ['0123456789abcdef0123é', 'holds a character that is not printable ASCII'],
    ['0123456789\tabcdef0123', 'holds a character that is not printable ASCII'],
    [
      '01234567"9abcdef0123',
      'holds a quotation mark or a backslash, which not every program reads as it stands',
    ],
    [
      '01234567\\9abcdef0123',
      'holds a quotation mark or a backslash, which not every program reads as it stands',
    ],
  ])('says what is wrong with %j, and what to do', (value, weakness) => {
    expect(problems(envFile({ SQL_PASSWORD: value }))).toEqual([
      `production.env:2: SQL_PASSWORD ${weakness}; make one with: openssl rand -hex 32`,
    ]);
  });

  test.each([
    'change-me',
    'CHANGE_ME',
    'changeme',
    '<a long random password>',
    '$' + '{SQL_PASSWORD}',
    'your-password-goes-here-please',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    '................................',
    'an-example-password-0123456789',
    'replace-with-the-real-password-1',
    'TODO',
    'password123',
    'secret',
  ])('calls %j a placeholder', (value) => {
    expect(problems(envFile({ SQL_PASSWORD: value }))).toEqual([
      'production.env:2: SQL_PASSWORD is a placeholder still; make one with: openssl rand -hex 32',
    ]);
  });

  test('says what a missing credential is for', () => {
    expect(problems(envFile({ ELASTIC_PASSWORD: undefined }))).toEqual([
      `production.env: ELASTIC_PASSWORD is missing: ${credentials.ELASTIC_PASSWORD.description}; make one with: openssl rand -hex 32`,
    ]);
  });

  test('does not call a credential missing whose line it cannot read', () => {
    expect(problems(envFile({ SQL_PASSWORD: '"abc' }))).toEqual([
      'production.env:2: SQL_PASSWORD has an opening " without a closing one',
    ]);
    expect(problems(envFile().replace('SQL_PASSWORD=', 'SQL_PASSWORD = '))).toEqual([
      'production.env:2: a blank before `=`: expected NAME=value',
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

  test('takes the names of the prototype of every object for unknown ones', () => {
    expect(problems(`${envFile()}constructor=a\n__proto__=a\n`)).toHaveLength(2);
  });

  test('refuses one value for two credentials', () => {
    expect(problems(envFile({ ELASTIC_PASSWORD: good.SQL_PASSWORD }))).toEqual([
      `production.env:${names.indexOf('ELASTIC_PASSWORD') + 1}: ELASTIC_PASSWORD has the value of SQL_PASSWORD (line 2): give each its own`,
    ]);
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
    ['shared', `${envFile({ SQL_PASSWORD: 'Zq8Kd3Vw'.repeat(3), ELASTIC_PASSWORD: 'Zq8Kd3Vw'.repeat(3) })}`],
  ])('never prints a value: %s', (_, text) => {
    const found = problems(text);
    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain('Zq8Kd3Vw');
  });
});

test('takes from the object store what it issued, however short, but no placeholder', () => {
  expect(problems(envFile({ BACKUP_S3_KEY: 'a', BACKUP_S3_SECRET: 'change-me' }))).toEqual([
    `production.env:${names.indexOf('BACKUP_S3_SECRET') + 1}: BACKUP_S3_SECRET is a placeholder still; ${remedyFor(credentials.BACKUP_S3_SECRET)}`,
  ]);
});

describe.each(['staging', 'production'] as const)('environments/%s.example.env', (environment) => {
  const example = readFileSync(`environments/${environment}.example.env`, 'utf8');
  const names = providedCredentials(environments[environment]);

  test('names exactly the credentials that are to be provided, each with what it is and where it comes from', () => {
    expect([...parseEnvFile(example, file).keys()]).toEqual(names);
    for (const name of names) {
      const { description, minLength, origin } = credentials[name];
      const length = origin === 'random' ? `At least ${minLength} characters; ` : '';
      expect(example.toLowerCase()).toContain(
        `# ${description}\n# ${length}${remedyFor(credentials[name])}\n${name}=`.toLowerCase(),
      );
    }
  });

  test('is refused as it stands, for every credential', () => {
    const wanted = Object.fromEntries(names.map((name) => [name, credentials[name]]));
    expect(problemsOf(() => readCredentials(example, file, wanted))).toEqual(
      names.map((name) => expect.stringContaining(`${name} is a placeholder still`)),
    );
  });

  test('says how it is used', () => {
    expect(example).toContain(`npm run secrets -- ${environment} --new ${environment}.env`);
    expect(example).toContain(`npm run secrets -- ${environment} --env-file ${environment}.env`);
    expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('/*.env');
  });
});
