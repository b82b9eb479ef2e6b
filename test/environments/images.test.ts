import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import lock from '../../environments/images.json' with { type: 'json' };
import {
  devImages,
  imageNames,
  imagesBy,
  isThirdParty,
  localReference,
  pinnedImages,
} from '../../environments/images.ts';
import { root } from '../../tools/terminal/programs.ts';

test('every image has a value for its name', () => {
  expect(imagesBy((name) => `the ${name}`)).toEqual(
    Object.fromEntries(Object.keys(lock).map((name) => [name, `the ${name}`])),
  );
  expect(imageNames).toEqual(Object.keys(lock));
});

test('an image that has a folder in docker/ is built here, any other by somebody else', () => {
  const folders = readdirSync(join(root, 'docker'));
  expect(imageNames.filter((name) => !isThirdParty(name)).sort()).toEqual(folders.sort());
  expect(isThirdParty('elasticsearch')).toBe(true);
});

test('an image that is built here has the name of the project and a tag; a published one keeps its own', () => {
  expect(localReference('web', 'x')).toBe('coped-web:x');
  const { repository, tag } = lock.elasticsearch;
  expect(localReference('elasticsearch', 'x')).toBe(`${repository}:${tag}`);
  expect(devImages()).toEqual(imagesBy((name) => localReference(name, 'dev')));
});

test('a pinned image is named by its tag, for people, and by its digest', () => {
  expect(pinnedImages()).toEqual(
    imagesBy((name) => `${lock[name].repository}:${lock[name].tag}@${lock[name].digest}`),
  );
});
