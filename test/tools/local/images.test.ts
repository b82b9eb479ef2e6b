import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { application } from '../../../environments/application.ts';
import { buildArguments } from '../../../tools/local/build-arguments.ts';
import { commandOf, contentOf, type ImagesFor, localImages } from '../../../tools/local/images.ts';
import { root } from '../../../tools/terminal/programs.ts';

describe('the content of an image', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'image-'));
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'Dockerfile'), 'FROM debian:trixie-slim\n');
    writeFileSync(join(folder, 'app', 'views.py'), 'x = 1\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is the same as long as no file that it is made from changes', () => {
    const before = contentOf(folder, { inputs: ['Dockerfile'], options: [] });
    writeFileSync(join(folder, 'app', 'views.py'), 'x = 2\n');
    expect(contentOf(folder, { inputs: ['Dockerfile'], options: [] })).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{12}$/);
  });

  test.each([
    ['a file changes', () => writeFileSync(join(folder, 'app', 'views.py'), 'x = 2\n')],
    ['a file is added', () => writeFileSync(join(folder, 'app', 'new.py'), '')],
    [
      'a file is renamed',
      () => {
        rmSync(join(folder, 'app', 'views.py'));
        writeFileSync(join(folder, 'app', 'view.py'), 'x = 1\n');
      },
    ],
  ])('changes when %s', (_, change) => {
    const before = contentOf(folder, { inputs: ['Dockerfile', 'app'], options: [] });
    change();
    expect(contentOf(folder, { inputs: ['Dockerfile', 'app'], options: [] })).not.toBe(before);
  });

  test('leaves out what Python caches and hidden files, as the image does', () => {
    const before = contentOf(folder, { inputs: ['app'], options: [] });
    mkdirSync(join(folder, 'app', '__pycache__'));
    writeFileSync(join(folder, 'app', '__pycache__', 'views.pyc'), '');
    mkdirSync(join(folder, 'app', '.git'));
    writeFileSync(join(folder, 'app', '.git', 'HEAD'), '');
    writeFileSync(join(folder, 'app', '.env'), 'SECRET_KEY=secret');
    expect(contentOf(folder, { inputs: ['app'], options: [] })).toBe(before);
    const ignored = readFileSync(join(root, 'docker/web/.dockerignore'), 'utf8').trim().split('\n');
    const last = ignored.findLastIndex((line) => line.startsWith('!'));
    expect(ignored.slice(last + 1)).toEqual(expect.arrayContaining(['**/__pycache__', '**/.*']));
  });
});

test('dev names its images by the tag dev, the others by their content', () => {
  const references = (name: 'dev' | 'production') =>
    localImages(name, ['web', 'postgres', 'elasticsearch']).map(({ reference }) => reference);
  expect(references('dev')).toEqual([
    'coped-web:dev',
    'coped-postgres:dev',
    expect.stringMatching(/elasticsearch:8\.19\.\d+$/),
  ]);
  expect(references('production')).toEqual([
    expect.stringMatching(/^coped-web:[0-9a-f]{12}$/),
    expect.stringMatching(/^coped-postgres:[0-9a-f]{12}$/),
    expect.stringMatching(/elasticsearch:8\.19\.\d+$/),
  ]);
});

test('web is built with the arguments of the application, which are part of its content', () => {
  const webOf = (name: 'dev' | 'production', webArguments: Readonly<Record<string, string>>) => {
    const [web] = localImages(name, ['web'], webArguments);
    return web;
  };
  for (const name of ['dev', 'production'] as const) {
    const plain = webOf(name, {});
    const other = webOf(name, { SETTINGS_MODULE: 'config.settings', SYSTEM_PACKAGES: 'gdal-bin' });
    expect(plain && commandOf(plain, 'docker', []).slice(-3)).toEqual(['--target', name, 'docker/web']);
    expect(other && commandOf(other, 'docker', []).slice(-5)).toEqual([
      '--build-arg',
      'SETTINGS_MODULE=config.settings',
      '--build-arg',
      'SYSTEM_PACKAGES=gdal-bin',
      'docker/web',
    ]);
    expect(other?.built).not.toBe(plain?.built);
  }
  expect(localImages('dev', ['postgres'], { SETTINGS_MODULE: 'a' })).toEqual(
    localImages('dev', ['postgres'], {}),
  );
});

test('without arguments of its own it is built with those of environments/application.ts', () => {
  expect(localImages('production', ['web'])).toEqual(
    localImages('production', ['web'], buildArguments(application)),
  );
});

test('whatever the web image copies is part of its content', () => {
  const dockerfile = readFileSync(join(root, 'docker/web/Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(\S+) /gm)].map(([, path]) => path ?? '');
  const inputs = (name: ImagesFor) => localImages(name, ['web']).flatMap((image) => image.inputs);
  expect(copied).toContain('app');
  const all = [...inputs('dev'), ...inputs('production'), ...inputs('dev-with-source')];
  expect(all).toEqual(expect.arrayContaining(copied));
});

test.each(['web', 'nginx', 'postgres', 'redis', 'credentials'])(
  'every stage of docker/%s starts from Debian slim or an earlier stage',
  (name) => {
    const dockerfile = readFileSync(join(root, 'docker', name, 'Dockerfile'), 'utf8');
    const tag = /^ARG DEBIAN=(\S+)$/m.exec(dockerfile)?.[1] ?? '';
    const stages = [...dockerfile.replace('$DEBIAN', tag).matchAll(/^FROM (\S+)(?: AS (\S+))?/gm)];
    const names = stages.map(([, , stage]) => stage);
    for (const [, from] of stages) expect(['debian:trixie-slim', ...names]).toContain(from);
    expect(dockerfile).toMatch(/^USER 10001:10001$/m);
  },
);
