import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findEngine, nameFor } from '../../../tools/local/engine.ts';
import { folder, program } from '../../lib/command-line.ts';

const before = process.env;
beforeEach(() => {
  process.env = { PATH: join(folder, 'bin') };
});
afterEach(() => {
  process.env = before;
});

describe('the engine', () => {
  test('is Docker where Docker is', async () => {
    program('docker', 'echo "Docker version 29.1.0, build 1"');
    program('podman', 'echo "podman version 5.4.2"');
    expect(await findEngine()).toBe('docker');
  });

  test.each(['nerdctl', 'podman'] as const)('is %s where only that is', async (engine) => {
    rmSync(join(folder, 'bin', 'docker'));
    program(engine, `echo "${engine} version 5"`);
    expect(await findEngine()).toBe(engine);
  });

  test('is podman where podman answers to the name of Docker, as the package podman-docker lets it', async () => {
    program('docker', 'echo "podman version 5.4.2"');
    program('podman', 'echo "podman version 5.4.2"');
    expect(await findEngine()).toBe('podman');
  });

  test('is the one that KIND_EXPERIMENTAL_PROVIDER names, also where Docker is', async () => {
    process.env.KIND_EXPERIMENTAL_PROVIDER = 'podman';
    expect(await findEngine()).toBe('podman');
  });

  test('cannot be another one', async () => {
    process.env.KIND_EXPERIMENTAL_PROVIDER = 'rkt';
    await expect(findEngine()).rejects.toThrow(
      'KIND_EXPERIMENTAL_PROVIDER is "rkt", expected docker, nerdctl, podman\n',
    );
  });

  test('is missed as Docker where there is none', async () => {
    rmSync(join(folder, 'bin', 'docker'));
    expect(await findEngine()).toBe('docker');
  });
});

test.each([
  ['docker', 'coped-web:dev', 'coped-web:dev'],
  ['podman', 'coped-web:dev', 'docker.io/library/coped-web:dev'],
  ['nerdctl', 'coped-web:dev', 'docker.io/library/coped-web:dev'],
  ['podman', 'team/web:1', 'docker.io/team/web:1'],
  [
    'podman',
    'docker.elastic.co/elasticsearch/elasticsearch:8.19.21',
    'docker.elastic.co/elasticsearch/elasticsearch:8.19.21',
  ],
  ['podman', 'localhost/web:1', 'localhost/web:1'],
  ['podman', 'registry:5000/web:1', 'registry:5000/web:1'],
] as const)('to %s, %s is %s, as a node reads it', (engine, reference, name) => {
  expect(nameFor(engine, reference)).toBe(name);
});
