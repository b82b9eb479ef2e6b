import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { ImageLock } from '../../environments/images.ts';
import { root } from '../../tools/terminal/programs.ts';
import { checkoutWith, type Outcome, removeCheckout } from '../lib/checkout.ts';

/** Pinning, promotion and a release in a copy of the checkout, with a docker that knows every image. */
describe('from a published image to production', () => {
  let folder: string;
  const index = JSON.stringify({
    manifests: ['amd64', 'arm64'].map((architecture) => ({
      digest: `sha256:${'a'.repeat(64)}`,
      platform: { os: 'linux', architecture },
    })),
  });

  beforeAll(async () => {
    folder = checkoutWith([]);
    const docker = join(folder, '.local/bin/docker');
    mkdirSync(dirname(docker), { recursive: true });
    writeFileSync(docker, `#!/bin/sh\n[ "$2" != imagetools ] || printf '%s' '${index}'\n`);
    chmodSync(docker, 0o755);
    writeFileSync(join(folder, '.gitignore'), 'node_modules\n.local\n');
    await git('init', '--quiet');
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Start');
  });
  afterAll(() => removeCheckout(folder));

  async function run(file: string, ...arguments_: string[]): Promise<Outcome> {
    const who = { NAME: 'A Person', EMAIL: 'person@example.org' };
    const { exitCode, all } = await execa(file, arguments_, {
      cwd: folder,
      all: true,
      reject: false,
      env: {
        PATH: `${join(folder, '.local/bin')}:${process.env.PATH}`,
        ...Object.fromEntries(
          Object.entries(who).flatMap(([name, value]) =>
            ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_${name}`, value]),
          ),
        ),
      },
    });
    return { exitCode: exitCode ?? 1, output: all };
  }
  const git = async (...arguments_: string[]) => (await run('git', ...arguments_)).output;
  const npm = (...arguments_: string[]) =>
    run(process.execPath, '--import', 'tsx', '--', 'tools/cli.ts', ...arguments_);
  const lock = () => JSON.parse(readFileSync(join(folder, 'environments/images.json'), 'utf8')) as ImageLock;

  test('staging is pinned by a commit, and production gets the same references by another', async () => {
    const first = lock();
    const pinned = await npm('pin', 'staging', '--commit');
    expect([pinned.exitCode, pinned.output]).toEqual([0, expect.stringMatching(/^web: .* → /m)]);
    expect(lock().production).toEqual(first.production);
    expect(lock().staging.web).toMatch(/^ghcr\.io\/coped\/web:[0-9a-f]{12}@sha256:(?!0{64})[0-9a-f]{64}$/);
    expect(await git('show', '--stat=200', '--format=%s')).toMatch(
      /^Pin staging's images.*dist\/staging\/50-web\.yaml.*environments\/images\.json/s,
    );

    writeFileSync(join(folder, 'dist/50-web.yaml'), 'mine\n');
    expect(await npm('promote', 'production')).toEqual({
      exitCode: 1,
      output: expect.stringContaining('changes that are not committed:\n M dist/50-web.yaml'),
    });
    await git('checkout', '--quiet', 'dist');

    const promoted = await npm('promote', 'production');
    expect([promoted.exitCode, promoted.output]).toEqual([0, expect.stringMatching(/^nginx: .* → /m)]);
    expect(lock().production).toEqual(lock().staging);
    const files = (await git('show', '--name-only', '--format=%s')).split('\n').filter(Boolean);
    expect(files).toEqual(
      expect.arrayContaining(["Promote staging's images to production", 'environments/images.json']),
    );
    expect(files.filter((file) => file.includes('staging/'))).toEqual([]);
    expect(await git('status', '--porcelain')).toBe('');

    expect(await npm('promote', 'production')).toEqual({
      exitCode: 0,
      output: 'production has the images of staging already',
    });
  }, 120_000);

  test('a release is a commit and a tag of the newest section of the changelog', async () => {
    const version = '9.0.0';
    const changelog = join(folder, 'CHANGELOG.md');
    const text = readFileSync(changelog, 'utf8');
    writeFileSync(changelog, text.replace(/^## .*$/m, `## [${version}] - Unreleased`));
    expect(await npm('release')).toEqual({
      exitCode: 1,
      output: expect.stringContaining('changes that are not committed:\n M CHANGELOG.md'),
    });
    await git('commit', '--quiet', '--all', '--message', 'Write the changelog');

    expect(await npm('release')).toEqual({
      exitCode: 0,
      output: `v${version} is a commit and a tag; publish it with: git push origin HEAD v${version}`,
    });
    expect(await git('tag', '--points-at', 'HEAD')).toBe(`v${version}`);
    const files = (await git('show', '--name-only', '--format=%s', 'HEAD')).split('\n').filter(Boolean);
    expect(files).toEqual([`Release ${version}`, 'CHANGELOG.md', 'package-lock.json', 'package.json']);
    const { version: inPackage } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(inPackage).toBe(version);
    expect(await git('diff', '--stat', 'HEAD~1', '--', 'package-lock.json')).toMatch(/\| +\d/);
    expect(await git('status', '--porcelain')).toBe('');

    const again = await npm('release');
    expect([again.exitCode, again.output]).toEqual([
      1,
      expect.stringContaining(`is ${version}, released on`),
    ]);
  }, 60_000);
});
