import { expect, test } from '@jest/globals';
import { familyOf, isWithin, rangesOf } from '../../../tools/cluster/address-ranges.ts';

test.each([
  ['10.1.2.3', ['10.0.0.0/8'], true],
  ['10.1.2.3', ['192.168.0.0/16', '10.1.0.0/16'], true],
  ['10.1.2.3', ['192.168.0.0/16'], false],
  ['10.1.2.3', [], false],
  ['10.1.2.3', ['10.1.2.3/32'], true],
  ['10.1.2.3', ['10.1.2.2/32'], false],
  ['fd00::5', ['10.0.0.0/8', 'fd00::/8'], true],
  ['fd00::5', ['fe80::/10'], false],
  ['fd00::5', ['0.0.0.0/0'], false],
  ['10.1.2.3', ['::/0'], false],
])('the address %s among %j: %j', (address, ranges, expected) =>
  expect(isWithin(address, ranges)).toBe(expected),
);

test.each([
  ['10.1.0.0/16', ['10.0.0.0/8'], true],
  ['10.0.0.0/8', ['10.0.0.0/8'], true],
  ['10.0.0.0/7', ['10.0.0.0/8'], false],
  ['10.0.0.0/8', ['10.0.0.0/9', '10.128.0.0/9'], false],
  ['fd00:1::/32', ['fd00::/8'], true],
  ['fc00::/7', ['fd00::/8'], false],
])('the range %s within one of %j: %j', (range, ranges, expected) =>
  expect(isWithin(range, ranges)).toBe(expected),
);

test('addresses are ranges of one address, each once', () => {
  expect(rangesOf(['10.0.0.1', 'fd00::1', '10.0.0.1'])).toEqual(['10.0.0.1/32', 'fd00::1/128']);
  expect(rangesOf([])).toBeUndefined();
});

test.each([
  ['10.0.0.1', 'IPv4'],
  ['10.0.0.0/8', 'IPv4'],
  ['fd00::1', 'IPv6'],
  ['fd00::/8', 'IPv6'],
])('the family of %s is %s', (range, family) => expect(familyOf(range)).toBe(family));
