import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { application } from '../../environments/application.ts';
import { type ImageLock, imagesFor, isThirdParty, partsOf } from '../../environments/images.ts';
import { platforms } from '../../tools/images/registry.ts';
import { root } from '../../tools/terminal/programs.ts';
import { checkoutWith, removeCheckout } from '../lib/checkout.ts';

/**
 * The way of docs/publishing.md, in a copy of the checkout: each step by its command, in the order in which the workflow
 * calls them, with a registry on this machine and a bare repository. It needs cosign, syft, the registry and, for the other platform, a builder that emulates it; but no cluster.
 */
const registry = `127.0.0.1:5000/e2e-${Date.now()}`;
const ours = imagesFor(application).filter((name) => !isThirdParty(name));
let folder: string;

const key = () => join(folder, '.local/cosign.key');
const lock = (): ImageLock => JSON.parse(readFileSync(join(folder, 'environments/images.json'), 'utf8'));
const withoutTag = (reference: string) => reference.replace(/:[^:@/]+@/, '@');

const who = { GIT_AUTHOR_NAME: 'CI', GIT_COMMITTER_NAME: 'CI' };
const where = { GIT_AUTHOR_EMAIL: 'ci@example.org', GIT_COMMITTER_EMAIL: 'ci@example.org' };

/** Runs a program in the copy; a failure is an outcome. */
async function attempt(program: string, ...arguments_: string[]) {
  const env = { ...who, ...where, COSIGN_PASSWORD: 'e2e' };
  const { exitCode, stdout, all } = await execa(program, arguments_, {
    cwd: folder,
    env,
    all: true,
    reject: false,
  });
  return { exitCode, stdout, output: all };
}

async function succeeds(program: string, ...arguments_: string[]): Promise<string> {
  const { exitCode, stdout, output } = await attempt(program, ...arguments_);
  if (exitCode !== 0) throw new Error(`${program} ${arguments_.join(' ')}: ${output}`);
  return stdout;
}

const npm = (...arguments_: string[]) => succeeds('npm', 'run', '--silent', ...arguments_);
const npmAttempt = (...arguments_: string[]) => attempt('npm', 'run', '--silent', ...arguments_);

beforeAll(async () => {
  const answer = await fetch('http://127.0.0.1:5000/v2/').catch((error: Error) => error);
  if (answer instanceof Error)
    throw new Error(
      `this test needs a registry at 127.0.0.1:5000 (docker run --publish 127.0.0.1:5000:5000 registry:2): ${answer.message}`,
    );
  folder = checkoutWith([]);
  const file = join(folder, 'environments/images.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replaceAll(/"[\w.-]+(?:\/[\w.-]+)*\/([\w.-]+:)/g, `"${registry}/$1`));
  writeFileSync(
    join(folder, '.gitignore'),
    readFileSync(join(root, '.gitignore'), 'utf8').replace('node_modules/', 'node_modules'),
  );
  await npm('synth');
  await succeeds('git', 'init', '--quiet', '--bare', '--initial-branch', 'main', '.local/origin.git');
  await succeeds('git', 'init', '--quiet', '--initial-branch', 'main');
  await succeeds('git', 'remote', 'add', 'origin', '.local/origin.git');
  await succeeds('git', 'add', '--all');
  await succeeds('git', 'commit', '--quiet', '--message', 'Start');
  await succeeds('git', 'push', '--quiet', 'origin', 'main');
  await succeeds('cosign', 'generate-key-pair', '--output-key-prefix', key().replace('.key', ''));
});

afterAll(() => removeCheckout(folder));

test('what is not published cannot be pinned, and what is not pinned cannot be promoted', async () => {
  expect(JSON.parse(await npm('images', '--', 'missing'))).toEqual(ours);
  const pinned = await npmAttempt('pin', '--', 'staging');
  expect([pinned.exitCode, pinned.output]).toEqual([
    1,
    expect.stringContaining(`nothing was changed, because of ${imagesFor(application).length} images`),
  ]);
  const promoted = await npmAttempt('promote', '--', 'production');
  expect([promoted.exitCode, promoted.output]).toEqual([
    1,
    expect.stringContaining('staging has no published image of web'),
  ]);
});

test('an image is built for both platforms, merged, signed, and then has its tag', async () => {
  for (const image of ours) {
    for (const platform of platforms) await npm('images', '--', 'build', image, '--platform', platform);
    await npm('images', '--', 'merge', image);
    expect(JSON.parse(await npm('images', '--', 'missing'))).toContain(image);
    await npm('images', '--', 'sign', image, '--key', key());
    expect(JSON.parse(await npm('images', '--', 'missing'))).not.toContain(image);
  }
});

test('an image of one platform only is refused, by name', async () => {
  const { repository, tag } = partsOf(lock().staging.elasticsearch);
  const [from] =
    (await npmAttempt('pin', '--', 'staging', 'nginx')).stdout.match(/[0-9a-f]{12}(?= \()/) ?? [];
  await succeeds('git', 'checkout', '--quiet', '.');
  const copy = (source: string) =>
    succeeds(
      'docker',
      'buildx',
      'imagetools',
      'create',
      '--tag',
      `${repository}:${tag}`,
      `${registry}/nginx:${source}`,
    );
  await copy(`${from}-arm64`);
  const { exitCode, output } = await npmAttempt('pin', '--', 'staging', 'elasticsearch');
  expect([exitCode, output]).toEqual([
    1,
    expect.stringMatching(
      /elasticsearch:8\S+ is built for (one platform|linux\/arm64), expected linux\/amd64 and linux\/arm64/,
    ),
  ]);
  // From here on it stands for the published image.
  await copy(`${from}`);
});

test('staging is pinned by a commit, whose images are those that were signed', async () => {
  await npm('pin', '--', 'staging', '--commit');
  await succeeds('git', 'push', '--quiet', 'origin', 'main');
  expect(await succeeds('git', '-C', '.local/origin.git', 'log', '-1', '--format=%s')).toContain(
    'Pin staging',
  );
  expect(lock().production.web).toMatch(/@sha256:0{64}$/);
  const { staging } = lock();
  const pub = key().replace('.key', '.pub');
  for (const image of ours) {
    const verify = ['--key', pub, '--insecure-ignore-tlog'];
    await succeeds('cosign', 'verify', ...verify, withoutTag(staging[image]));
    expect(readFileSync(join(folder, 'dist/staging/50-web.yaml'), 'utf8')).toContain(staging.web);
  }
  // Nobody has signed this one in its repository.
  const other = await attempt(
    'cosign',
    'verify',
    '--key',
    pub,
    '--insecure-ignore-tlog',
    withoutTag(staging.elasticsearch),
  );
  expect(other.exitCode).not.toBe(0);
});

test('an SBOM names the packages of each platform, and is signed too', async () => {
  const index = JSON.parse(
    await succeeds('docker', 'buildx', 'imagetools', 'inspect', '--raw', withoutTag(lock().staging.nginx)),
  );
  for (const { digest } of index.manifests) {
    const subject = `${registry}/nginx@${digest}`;
    const statement = await succeeds(
      'cosign',
      ...['verify-attestation', '--key', key().replace('.key', '.pub'), '--insecure-ignore-tlog'],
      ...['--type', 'spdxjson', subject],
    );
    const { payload } = JSON.parse(statement.split('\n')[0] ?? '');
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
    const names = predicate.packages.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['nginx', 'libssl3t64']));
  }
});

test('production gets the images of staging by a commit, and those of before by its revert', async () => {
  const before = lock().production;
  await npm('promote', '--', 'production');
  expect(lock().production).toEqual(lock().staging);
  expect(readFileSync(join(folder, 'dist/production/50-web.yaml'), 'utf8')).toContain(lock().staging.web);
  expect(await succeeds('git', 'status', '--porcelain')).toBe('');
  expect((await npmAttempt('promote', '--', 'production')).output).toContain(
    'has the images of staging already',
  );
  await succeeds('git', 'revert', '--no-edit', 'HEAD');
  expect(lock().production).toEqual(before);
});

test('only an image whose content has changed is published again', async () => {
  appendFileSync(join(folder, 'docker/nginx/nginx.conf'), '\n# another content\n');
  expect(JSON.parse(await npm('images', '--', 'missing'))).toEqual(['nginx']);
});
