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

test('every image has a value for its name', () => {
  expect(imagesBy((name) => `the ${name}`)).toEqual(
    Object.fromEntries(Object.keys(lock).map((name) => [name, `the ${name}`])),
  );
  expect(imageNames).toEqual(Object.keys(lock));
});

test('only Elasticsearch is built by somebody else', () => {
  expect(imageNames.filter(isThirdParty)).toEqual(['elasticsearch']);
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
