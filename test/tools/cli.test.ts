import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { credentials, providedCredentials } from '../../environments/credentials.ts';
import { kindContext } from '../../tools/cluster/cluster.ts';
import { upLine } from '../../tools/local/environments.ts';
import { cli, cliProcess, envFileFor, folder, program, refused } from '../lib/command-line.ts';
import { locally } from '../lib/manifests.ts';

describe('an unknown environment', () => {
  test.each([
    'up prod',
    'migrate prod',
    'secrets prod --env-file x',
    'backup prod',
    'backups prod',
    'restore prod --to latest',
    'load prod --dump team.dump',
  ])('is refused by %s, which names those that there are', (command) =>
    refused(command.split(' '), /'prod' is invalid.*dev, staging, production/s),
  );
});

describe('a program that is not there or does not work', () => {
  test.each(['docker', 'kind', 'kubectl'])('%s absent', async (name) => {
    rmSync(join(folder, 'bin', name));
    await refused(['object-store'], new RegExp(`${name} is not on the PATH\ninstall.*https://`));
  });

  test('leaves up what it can do without: it checks dist/, and says in three lines what the rest needs', async () => {
    rmSync(join(folder, 'bin', 'docker'));
    await refused(
      ['up'],
      /^dist\/ is what environments\/ and charts\/ make: \d+ files.*\n\nerror: docker is not on the PATH\n.*\nthe rest of up needs, on \w+:\n {2}an engine .*\n {2}kind .*\n {2}kubectl .*$/,
    );
  }, 60_000);

  test('docker without its daemon', () => {
    program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    return refused(['object-store'], 'docker does not work: Cannot connect to the Docker daemon');
  });

  test('docker without BuildKit, before anything is built', () => {
    // As Docker's client says it, with the reason first and a hint last.
    const answer = "docker: unknown command: docker buildx\\n\\nRun 'docker --help' for more information";
    program('docker', `[ "$1" != buildx ] || { printf "${answer}\\n" >&2; exit 1; }`);
    return refused(
      ['object-store'],
      /docker buildx does not work: docker: unknown command: docker buildx\nRun 'docker --help'.*\ninstall its plugin buildx.*https:\/\//,
    );
  });
});

describe('a restore', () => {
  test('to no time is refused before anything is asked', () =>
    refused(
      ['restore', 'production', '--to', 'yesterday'],
      '--to is "yesterday", expected latest or a time',
    ));

  test('without a time names what is missing', () =>
    refused(['restore', 'production'], "required option '--to <time>' not specified"));
});

describe('a load', () => {
  test('of a file that is no dump is refused before anything is asked', () =>
    refused(
      ['load', 'production', '--dump', 'package.json'],
      'package.json is no dump of pg_dump, expected',
    ));

  test('without a file names what is missing', () =>
    refused(['load', 'production'], "required option '--dump <file>' not specified"));

  test('where no primary runs says so', async () => {
    const file = join(folder, 'team.dump');
    writeFileSync(file, Buffer.from([...Buffer.from('PGDMP'), 1, 16, 0, 4, 8, 1]));
    await refused(
      ['load', 'dev', '--dump', file],
      /no member of Postgres in coped-dev is a primary.*doctor -- dev/s,
      {
        CURRENT_CONTEXT: 'kind-coped',
      },
    );
  });
});

test('an unknown kind of backup is refused with those that there are', () =>
  refused(['backup', 'production', '--kind', 'whole'], 'full, differential, incremental'));

describe('another cluster than the local one', () => {
  const env = { CURRENT_CONTEXT: 'university-production' };

  test('up asks before it leaves it, and takes no silence for a yes', () =>
    refused(
      ['up'],
      /"university-production" \(https:\/\/cluster.example.org\).*nothing was changed.*--yes/s,
      env,
    ));

  test('migrate asks before it touches it', () =>
    refused(
      ['migrate', 'production'],
      /migrates the database of production in the cluster.*"university-production"/,
      env,
    ));

  test('backups asks before it makes a Job there, as no member of Postgres runs', () =>
    refused(
      ['backups', 'production'],
      /makes a Job that lists the backups of production in the cluster.*"university-production"/,
      env,
    ));

  test('secrets asks before it touches it', async () => {
    await refused(
      ['secrets', 'production', ...envFileFor('production')],
      /writes the Secrets of production.*"university-production"/,
      env,
    );
  });

  test('an unknown context is named, with those that there are', () => {
    program(
      'kubectl',
      'case "$*" in',
      '  *version*) ;;',
      '  *current-context}*) printf x;;',
      '  *get-contexts*) echo kind-coped;;',
      '  *) echo "context does not exist" >&2; exit 1;;',
      'esac',
    );
    return refused(
      ['migrate', 'production', '--context', 'nowhere'],
      'kubectl has no context "nowhere"; it has: kind-coped',
    );
  });

  test('no context at all', () => refused(['migrate', 'production'], 'kubectl has no current context'));
});

describe('a port of kind.yaml that is in use', () => {
  let server: Server;

  beforeEach(
    () =>
      new Promise<void>((resolve) => {
        // It may be in use already: then the test needs no server of its own.
        server = createServer();
        server.once('error', () => resolve());
        server.listen(1337, '127.0.0.1', resolve);
      }),
  );
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  test('is named, before a cluster is made', () =>
    refused(
      ['up', ...envFileFor('dev')],
      /port (8000|1337|1338) of this machine is in use, and kind.yaml wants it/,
    ));
});

describe('an env file', () => {
  test('that is not there', () =>
    refused(
      ['up', 'production', '--env-file', 'nowhere.env'],
      /nowhere.env cannot be read: ENOENT\n.*npm run secrets -- production --new production.env/,
    ));

  test('with placeholders is refused for each of them, before anything is made', () => {
    const file = join(folder, 'production.env');
    writeFileSync(file, 'SECRET_KEY=change-me\nSQL_PASSWORD=change-me\nELASTIC_PASSWORD=change-me\n');
    return refused(
      ['up', 'production', '--env-file', file],
      /SECRET_KEY is a pl.*\n.*SQL_PASSWORD is a pl.*\n.*ELASTIC_PASSWORD is a pl/,
    );
  });

  const names = Object.keys(environments) as EnvironmentName[];
  const givenTo = (name: EnvironmentName) => providedCredentials(environments[name]);

  test.each(names)('is taken by %s only if a person provides a credential there', (name) =>
    refused(
      ['up', name, '--env-file', 'nowhere.env'],
      givenTo(name).length === 0
        ? `${name} takes no env file: a Job in the cluster makes its credentials`
        : 'nowhere.env cannot be read: ENOENT',
    ),
  );

  describe.each(names.filter((name) => givenTo(name).length > 0))('of %s', (name) => {
    const issued = givenTo(name).filter((each) => credentials[each].origin !== 'random');

    test('is made by one command, but for what somebody issues, and never written over', async () => {
      const file = join(folder, `${name}.env`);
      const { exitCode, output } = await cli(['secrets', name, '--new', file]);
      const random = issued.length < givenTo(name).length ? ', with random values' : '';
      expect([exitCode, output]).toEqual([0, expect.stringContaining(`wrote ${file}${random}: keep it`)]);
      for (const each of issued)
        expect(output).toMatch(new RegExp(`^  ${credentials[each].origin} issues .*\\b${each}\\b`, 'm'));
      const text = readFileSync(file, 'utf8');
      const lines = issued.map(
        (each) => `${file}:\\d+: ${each} is a placeholder still; take the one that .*`,
      );
      await refused(['secrets', name, '--env-file', file], new RegExp(`^\\nerror: ${lines.join('\\n')}$`));
      await refused(['secrets', name, '--new', file], /was not written: it exists/);
      expect(readFileSync(file, 'utf8')).toBe(text);
    });
  });

  test.each(names.filter((name) => providedCredentials(locally(name)).length > 0))(
    'is asked for by up of %s on a new cluster, with what it is to hold and the commands that make and take it',
    (name) =>
      refused(
        ['up', name],
        new RegExp(
          `^\\nerror: ${name} lacks ${providedCredentials(locally(name)).join(', ')} in the local cluster.*\\n` +
            `make an env file with: npm run secrets -- ${name} --new ${name}.env; then run: ${upLine(name, kindContext, `--env-file ${name}.env`)}$`,
        ),
      ),
  );
});

describe('a process of its own', () => {
  test('ends with 1 and the message of what was wrong, without a stack trace', () =>
    refused(['backups', 'dev'], 'dev has no backups', { CURRENT_CONTEXT: 'kind-coped' }, cliProcess));

  test('takes --env-file for itself, and not for an option of Node', () =>
    refused(
      ['up', 'production', '--env-file', 'nowhere.env'],
      'nowhere.env cannot be read: ENOENT',
      {},
      cliProcess,
    ));

  test('ends with 0 when all went well', async () => {
    expect(await cliProcess(['down'])).toEqual({
      exitCode: 0,
      output: 'there is no kind cluster "coped": nothing to stop',
    });
  });
});

describe('options', () => {
  test('a timeout that is no number of seconds', () =>
    refused(['up', '--timeout', 'soon'], /'soon' is invalid.*whole number of seconds/s));

  test('an option that there is not', () =>
    refused(['up', '--evn-file', 'x'], /unknown option '--evn-file'.*--env-file/s));

  test('secrets without a file', () =>
    refused(['secrets', 'production'], 'secrets needs --env-file FILE with the credentials of production'));
});
