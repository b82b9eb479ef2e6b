import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { application } from '../../environments/application.ts';
import lock from '../../environments/images.json' with { type: 'json' };
import {
  devImages,
  imageNames,
  imagesBy,
  imagesFor,
  isThirdParty,
  localReference,
  lockedEnvironments,
  noDigest,
  ownerOf,
  partsOf,
  pinnedImages,
  unpinnedImages,
} from '../../environments/images.ts';
import { root } from '../../tools/terminal/programs.ts';
import { application as second } from '../second-application/application.ts';

test('every image has a value for its name', () => {
  expect(imagesBy((name) => `the ${name}`)).toEqual(
    Object.fromEntries(Object.keys(lock.staging).map((name) => [name, `the ${name}`])),
  );
  expect(imageNames).toEqual(Object.keys(lock.staging));
});

test('an image that has a folder in docker/ is built here, any other by somebody else', () => {
  const folders = readdirSync(join(root, 'docker'));
  expect(imageNames.filter((name) => !isThirdParty(name)).sort()).toEqual(folders.sort());
  expect(isThirdParty('elasticsearch')).toBe(true);
});

test('an image that is built here has the name of the project and a tag; a published one keeps its own', () => {
  expect(localReference('web', 'x')).toBe('coped-web:x');
  const [published] = lock.staging.elasticsearch.split('@');
  expect(localReference('elasticsearch', 'x')).toBe(published);
  expect(devImages()).toEqual(imagesBy((name) => localReference(name, 'dev')));
});

test.each(lockedEnvironments)(
  '%s has the images of environments/images.json, each with its digest',
  (name) => {
    expect(pinnedImages(name)).toEqual(lock[name]);
    expect(environments[name].images).toEqual(lock[name]);
  },
);

test.each([
  ['ghcr.io/coped/web:0.1.0@sha256:ab', 'ghcr.io/coped/web', '0.1.0'],
  ['127.0.0.1:5000/coped/web:0.1.0@sha256:ab', '127.0.0.1:5000/coped/web', '0.1.0'],
] as const)('%s has parts', (reference, repository, tag) => {
  expect(partsOf(reference)).toEqual({ repository, tag, digest: 'sha256:ab' });
});

test.each([
  ['redis', { redis: undefined }],
  ['mail-catcher', { mail: undefined }],
  ['mail-catcher', { mail: { ...second.mail, staging: second.mail.production } }],
] as const)('the image %s is one that pods run only if the application uses it', (image, without) => {
  expect(imagesFor(second)).toEqual(imageNames);
  expect(imagesFor({ ...second, ...without })).toEqual(imageNames.filter((name) => name !== image));
  const images = imagesBy((name) => `a.org/${name}:1@sha256:${(name === image ? '0' : '1').repeat(64)}`);
  expect(unpinnedImages(images, { ...second, ...without })).toEqual([]);
  expect(unpinnedImages(images, second)).toEqual([image]);
});

test('an image whose digest is all zeros is not pinned to anything', () => {
  const images = imagesBy((name) => `a.org/${name}:1@sha256:${(name === 'web' ? '0' : '1').repeat(64)}`);
  expect(unpinnedImages(images, application)).toEqual(['web']);
  expect(unpinnedImages(devImages(), application)).toEqual([]);
});

describe('whose images an environment runs', () => {
  test('its own, even if another has the same', () => {
    for (const name of lockedEnvironments) expect(ownerOf(name, 'web', lock.staging.web)).toBe(name);
  });

  test('those of the environment from whose file it is made', () => {
    for (const image of imageNames) expect(ownerOf('training', image, lock.staging[image])).toBe('staging');
  });

  test('those of nobody', () => {
    expect(ownerOf('training', 'web', `elsewhere/web:1@${noDigest}`)).toBeUndefined();
    expect(ownerOf('dev', 'web', localReference('web', 'dev'))).toBeUndefined();
  });
});
