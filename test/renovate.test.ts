import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { application } from '../environments/application.ts';
import type { Application } from '../environments/contract.ts';
import images from '../environments/images.json' with { type: 'json' };
import { root } from '../tools/terminal/programs.ts';

const text = (path: string) => readFileSync(join(root, path), 'utf8');
interface Manager {
  readonly managerFilePatterns: readonly string[];
}
const renovate = JSON.parse(text('renovate.json')) as {
  readonly customManagers: readonly (Manager & {
    readonly matchStrings: readonly string[];
    readonly matchStringsStrategy?: 'recursive';
  })[];
  readonly 'pip-compile': Manager;
};

/** What Renovate's custom managers find in a file, of this text: it updates nothing else there. */
const found = (path: string, content = text(path)) =>
  renovate.customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(path)),
    )
    .flatMap(({ matchStrings, matchStringsStrategy }) => {
      const all = (pattern: string, texts: readonly string[]) =>
        texts.flatMap((each) => [...each.matchAll(new RegExp(pattern, 'g'))]);
      if (matchStringsStrategy === undefined)
        return matchStrings.flatMap((pattern) => all(pattern, [content]));
      // Each pattern looks at what the one before it has matched.
      const last = matchStrings.at(-1) ?? '';
      const within = matchStrings
        .slice(0, -1)
        .reduce((texts, pattern) => all(pattern, texts).map(([match]) => match), [content]);
      return all(last, within);
    })
    .map(({ groups }) => ({ ...groups }));

test('Renovate finds the images of others in staging, from where they are promoted, and none of ours', () => {
  const [name = '', digest = ''] = images.staging.elasticsearch.split('@');
  const [depName, currentValue] = name.split(':');
  expect(found('environments/images.json')).toEqual([{ depName, currentValue, currentDigest: digest }]);
});

test("Renovate finds the images of the application's programs, and nothing else in its file", () => {
  const file = 'environments/application.ts';
  const second = text('test/second-application/application.ts').replace('registry.example.org', '$&:5000');
  expect(found(file, second)).toEqual([
    {
      depName: 'registry.example.org:5000/flower',
      currentValue: '2.2.0',
      currentDigest: `sha256:${'0'.repeat(64)}`,
    },
  ]);
  expect(found(file, "image: { debian: 'bookworm-slim' }, description: 'a: b@c'")).toEqual([]);
});

test('Renovate finds the linter of .ci/lint, and not the packages that have the versions of Debian', () => {
  expect(found('.ci/lint').map(({ depName }) => depName)).toEqual(['ruff']);
});

test('Renovate finds the object store of the local cluster', () => {
  expect(found('charts/object-store.ts')).toEqual([
    { depName: 'ghcr.io/versity/versitygw', currentValue: expect.stringMatching(/^v\d/) },
  ]);
});

test('Renovate finds the scanners', () => {
  expect(found('test/scan/programs.ts').map(({ depName }) => depName)).toEqual([
    'uv',
    'github.com/rhysd/actionlint',
    'github.com/yannh/kubeconform',
    'golang.stackrox.io/kube-linter',
    'github.com/zegl/kube-score',
  ]);
  expect(found('test/scan/scanners/trivy.ts')).toEqual([
    {
      depName: 'ghcr.io/aquasecurity/trivy',
      currentValue: expect.stringMatching(/^\d/),
      currentDigest: expect.stringMatching(/^sha256:/),
    },
  ]);
});

/** The Python of Debian 13, unless the application has another Debian. */
const { image }: Application = application;
const ofTheImage = image?.debian === undefined ? /3\.13/ : /3\.\d+/;

test.each([
  ['docker/web/requirements', ofTheImage],
  ['docker/web/requirements-dev', ofTheImage],
  ['test/scan/requirements', /3\.11/],
])('Renovate can repeat the command that made %s.txt', (path, python) => {
  const name = basename(path);
  // It refuses options that it does not know, and values that follow a space instead of "=".
  expect(text(`${path}.txt`).split('\n')[1]).toMatch(
    new RegExp(
      `^#    uv pip compile --generate-hashes --universal --python-version=${python.source} --output-file=${name}\\.txt ${name}\\.in$`,
    ),
  );
  const { managerFilePatterns } = renovate['pip-compile'];
  expect(managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(`${path}.txt`))).toBe(
    true,
  );
});
