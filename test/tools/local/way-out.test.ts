import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildImage, type LocalImageBuild, localImages } from '../../../tools/local/images.ts';
import { wayOut } from '../../../tools/local/way-out.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { allCalls, folder, program } from '../../lib/command-line.ts';

test('a build is given nothing where nothing is set', () =>
  expect(wayOut({ PATH: '/bin', HTTP_PROXY: '' })).toEqual({ options: [], env: {} }));

describe('a proxy', () => {
  const proxy = 'http://me:secret@proxy.example.org:3128';

  test.each([['HTTPS_PROXY'], ['https_proxy']])('that %s names is given under both names', (name) => {
    expect(wayOut({ [name]: proxy })).toEqual({
      options: ['--build-arg', 'HTTPS_PROXY', '--build-arg', 'https_proxy'],
      env: { HTTPS_PROXY: proxy, https_proxy: proxy },
    });
  });

  test('and its exceptions, by their names only, as an address may hold a password', () => {
    const { options } = wayOut({ http_proxy: proxy, NO_PROXY: '.example.org' });
    expect(options.filter((option) => option !== '--build-arg')).toEqual([
      'HTTP_PROXY',
      'http_proxy',
      'NO_PROXY',
      'no_proxy',
    ]);
  });
});

describe("a company's certificate authorities", () => {
  test('are a secret of the build, from the file by which Node.js trusts them', () => {
    const file = join(root, 'package.json');
    const expected = { options: ['--secret', `id=ca,src=${file}`], env: {} };
    expect(wayOut({ NODE_EXTRA_CA_CERTS: file })).toEqual(expected);
    // npm runs in the folder of package.json.
    expect(wayOut({ NODE_EXTRA_CA_CERTS: 'package.json' })).toEqual(expected);
  });

  test('that cannot be read are named, with what to do', () =>
    expect(() => wayOut({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' })).toThrow(
      /^NODE_EXTRA_CA_CERTS is "\/nowhere\/ca.pem", expected a file .*\nlet it name .*unset it/,
    ));

  const stagesOf = (name: string) =>
    readFileSync(join(root, 'docker', name, 'Dockerfile'), 'utf8')
      .split(/^(?=FROM )/m)
      .filter((stage) => stage.startsWith('FROM '));

  test.each([
    ['web', 'venv', '/opt/venv'],
    ['web', 'venv-dev', '/opt/venv'],
    ['mail-catcher', 'npm', '/srv/mail-catcher'],
  ])('are trusted by docker/%s in the stage %s only, of which images take %s only', (name, stage, path) => {
    const stages = stagesOf(name);
    expect(stages.find((each) => each.split('\n')[0]?.endsWith(` AS ${stage}`))).toMatch(
      /--mount=type=secret,id=ca,target=\/usr\/local\/share\/ca-certificates\/build.crt \\\n +update-ca-certificates/,
    );
    expect(stages.filter((each) => each.startsWith(`FROM ${stage} `))).toEqual([]);
    const taken = stages.flatMap((each) => [...each.matchAll(/^COPY --from=(\S+) (\S+) /gm)]);
    const paths = taken.flatMap(([, from, what]) => (from === stage ? [what] : []));
    expect(new Set(paths)).toEqual(new Set([path]));
  });

  test.each(readdirSync(join(root, 'docker')))(
    'are known in docker/%s to pip and npm, which fetch by TLS',
    (name) => {
      for (const stage of stagesOf(name)) {
        const steps = stage.split(/^(?=[A-Z]+ )/m).filter((step) => /pip .*install --|npm ci/.test(step));
        for (const step of steps) expect(step).toContain('id=ca');
      }
    },
  );
});

test('a build gets the way out, and what it prints names no password', async () => {
  const before = process.env;
  process.env = {
    PATH: join(folder, 'bin'),
    HTTPS_PROXY: 'http://me:secret@proxy.example.org:3128',
    NODE_EXTRA_CA_CERTS: join(root, 'package.json'),
  };
  program(
    'docker',
    'case "$1" in image) exit 1;; build) echo "proxy is $https_proxy $HTTPS_PROXY" >> "$0.out"; exit 1;; esac',
  );
  const [image] = localImages('staging', ['credentials']) as [LocalImageBuild];
  try {
    await expect(buildImage(image, 'docker', () => {})).rejects.toThrow(
      /--build-arg HTTPS_PROXY .*--secret id=ca/,
    );
    expect(allCalls().join('\n')).not.toContain('me:secret');
    expect(readFileSync(join(folder, 'bin', 'docker.out'), 'utf8')).toBe(
      `proxy is ${process.env.HTTPS_PROXY} ${process.env.HTTPS_PROXY}\n`,
    );
  } finally {
    process.env = before;
  }
});
