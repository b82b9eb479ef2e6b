import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestAt, isPublished, published } from '../../../tools/images/registry.ts';
import { allCalls, folder, program } from '../../lib/command-line.ts';

const path = process.env.PATH;
beforeEach(() => {
  process.env.PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
});
afterEach(() => {
  process.env.PATH = path;
});

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const manifest = (os: string, architecture: string, letter: string) => ({
  digest: digest(letter),
  platform: { os, architecture },
});

/** What docker prints of a reference: the bytes that the registry has. */
function answer(content: object | string): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(folder, 'answer'), text);
  program('docker', `cat ${join(folder, 'answer')}`);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

const fails = (message: string) => program('docker', `echo "ERROR: ${message}" >&2; exit 1`);

describe('an image of both platforms', () => {
  const index = {
    manifests: [
      manifest('linux', 'arm64', 'b'),
      manifest('unknown', 'unknown', 'c'), // BuildKit's note about how it was built
      manifest('linux', 'amd64', 'a'),
    ],
  };

  test('has a digest, and one for each platform', async () => {
    const own = answer(index);
    expect(await published('a.org/web:1')).toEqual({
      digest: own,
      manifests: { 'linux/amd64': digest('a'), 'linux/arm64': digest('b') },
    });
    expect(allCalls()).toEqual(['docker buildx imagetools inspect --raw a.org/web:1']);
  });

  test('has the digest of every byte, the last line break too', async () => {
    const own = answer(`${JSON.stringify(index)}\n`);
    expect((await published('a.org/web:1')).digest).toBe(own);
    expect(await digestAt('a.org/web:1')).toBe(own);
  });
});

test.each([
  ['one platform', { config: {} }],
  ['linux/arm64', { manifests: [manifest('linux', 'arm64', 'b'), manifest('linux', 'riscv64', 'a')] }],
  ['neither of them', { manifests: [manifest('windows', 'amd64', 'b')] }],
])('an image of %s is refused', async (what, content) => {
  answer(content);
  await expect(published('a.org/web:1')).rejects.toThrow(
    `a.org/web:1 is built for ${what}, expected linux/amd64 and linux/arm64`,
  );
});

test.each([
  ['a.org/web:1: not found', 'a.org/web:1 does not exist in its registry'],
  ['401 Unauthorized', 'a.org/web:1: its registry gives no access.*docker login a.org'],
  ['insufficient_scope: authorization failed', 'docker login a.org'],
  ['403 Forbidden', 'docker login a.org'],
  ['lookup a.org: no such host', 'a.org/web:1: its registry could not be asked: ERROR: lookup a.org'],
])('what a registry answers is said: %s', async (message, said) => {
  fails(message);
  await expect(published('a.org/web:1')).rejects.toThrow(new RegExp(said, 's'));
});

test('only the answer that there is no such image means that it is not published', async () => {
  answer({ config: {} });
  expect(await isPublished('a.org/web:1')).toBe(true);
  fails('a.org/web:1: not found');
  expect(await isPublished('a.org/web:1')).toBe(false);
  fails('401 Unauthorized');
  await expect(isPublished('a.org/web:1')).rejects.toThrow('gives no access');
});
