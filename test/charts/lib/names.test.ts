import { expect, test } from '@jest/globals';
import { contentHash, healthIgnoredByArgoCd, keptByArgoCd } from '../../../charts/lib/names.ts';

test('a hash says the same of the same content, in ten hexadecimal digits, and something else of another', () => {
  expect(contentHash({ a: [1, 'x'] })).toMatch(/^[0-9a-f]{10}$/);
  expect(contentHash({ a: [1, 'x'] })).toBe(contentHash({ a: [1, 'x'] }));
  expect(contentHash({ a: [1, 'y'] })).not.toBe(contentHash({ a: [1, 'x'] }));
});

test('Argo CD neither prunes nor deletes what holds data', () => {
  expect(keptByArgoCd).toEqual({ 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' });
});

test('Argo CD takes no part of the health from an object that says so', () => {
  expect(healthIgnoredByArgoCd).toEqual({ 'argocd.argoproj.io/ignore-healthcheck': 'true' });
});
