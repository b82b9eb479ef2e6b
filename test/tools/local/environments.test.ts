import { expect, test } from '@jest/globals';
import { localReference } from '../../../environments/images.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { localEnvironment } from '../../../tools/local/environments.ts';
import { externalProduction, externalStaging, manifests } from '../../lib/manifests.ts';

test.each([
  ['production', externalProduction, production],
  ['staging', externalStaging, staging],
] as const)('%s with a store of secrets runs locally as without one', (_, external, own) => {
  const [withStore, without] = [external, own].map((each) =>
    manifests(localEnvironment(each, (image) => localReference(image, 'local'), undefined)),
  );
  expect(withStore).toEqual(without);
});
