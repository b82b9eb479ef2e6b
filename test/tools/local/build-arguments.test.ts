import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Application, WebImage } from '../../../environments/contract.ts';
import { buildArguments } from '../../../tools/local/build-arguments.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { small } from '../../lib/applications.ts';

const image: Required<WebImage> = {
  debian: 'bookworm-slim',
  systemPackages: ['gdal-bin', 'libmagic1'],
  buildPackages: ['gcc'],
  builtFromSource: ['mysqlclient', 'pyproj'],
  title: 'Stations',
  description: 'Measuring stations of harbours',
  licenses: 'Apache-2.0',
  source: 'https://example.org/stations',
};
const whole: Application = { ...small, settings: { FORECAST_URL: 'https://forecast.example.org' }, image };

test('an application that says nothing of its image names its settings only', () => {
  expect(buildArguments(small)).toEqual({ SETTINGS_MODULE: 'site.settings' });
  expect(buildArguments({ ...small, image: { systemPackages: [] } })).toEqual(buildArguments(small));
});

test('a build gets no credential', () => {
  const settings = { API_KEY: { credential: 'SECRET_KEY' } } as const;
  expect(buildArguments({ ...small, settings })).toEqual({
    SETTINGS_MODULE: 'site.settings',
    BUILD_SETTINGS: "API_KEY='none'",
  });
});

test('each value is an argument, in the form that its program reads', () => {
  expect(buildArguments(whole)).toEqual({
    SETTINGS_MODULE: 'site.settings',
    BUILD_SETTINGS: "FORECAST_URL='https://forecast.example.org'",
    DEBIAN: 'bookworm-slim',
    SYSTEM_PACKAGES: 'gdal-bin libmagic1',
    BUILD_PACKAGES: 'gcc',
    NO_BINARY: 'mysqlclient,pyproj',
    TITLE: 'Stations',
    DESCRIPTION: 'Measuring stations of harbours',
    LICENSES: 'Apache-2.0',
    SOURCE: 'https://example.org/stations',
  });
});

test('a setting reaches the build as it is', async () => {
  const value = `it's "a" \\ $b #c\td`;
  const { BUILD_SETTINGS = '' } = buildArguments({ ...small, settings: { FIRST: value, SECOND: '' } });
  const print = 'process.stdout.write(JSON.stringify([process.env.FIRST, process.env.SECOND]))';
  const { stdout } = await execa('env', ['-S', BUILD_SETTINGS, process.execPath, '--eval', print]);
  expect(JSON.parse(stdout)).toEqual([value, '']);
});

describe('docker/web/Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'docker/web/Dockerfile'), 'utf8');
  const [head = '', ...stages] = dockerfile.split(/^FROM /m);
  const declared = [...head.matchAll(/^ARG (\w+)=/gm)].map(([, name = '']) => name);

  test('has these arguments, and no other', () => {
    expect(declared.sort()).toEqual(Object.keys(buildArguments(whole)).sort());
  });

  test('declares each in the stages that use it', () => {
    const missing = stages.flatMap((stage) =>
      declared
        .filter((name) => new RegExp(`\\$${name}\\b`).test(stage.slice(stage.indexOf('\n'))))
        .filter((name) => !new RegExp(`^ARG ${name}$`, 'm').test(stage))
        .map((name) => `${stage.split('\n')[0]}: ${name}`),
    );
    expect(missing).toEqual([]);
    for (const name of declared)
      expect([name, dockerfile]).toEqual([name, expect.stringContaining(`$${name}`)]);
  });
});
