import { expect, test } from '@jest/globals';
import { amount } from '../../../tools/cluster/quantity.ts';

test.each([
  ['3', 3],
  ['250m', 0.25],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1024Mi', 2 ** 30],
  ['10G', 10e9],
])('%s is %d', (quantity, number) => {
  expect(amount(quantity)).toBe(number);
});

test.each(['', 'much', '1 Gi', '1Xi', '0.1.0', undefined, {}])('%j is no quantity', (text) => {
  expect(amount(text)).toBeUndefined();
});
