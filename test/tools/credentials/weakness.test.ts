import { describe, expect, test } from '@jest/globals';
import { credentials } from '../../../environments/credentials.ts';
import { weaknessOf } from '../../../tools/credentials/weakness.ts';
import { randomLooking } from './random-looking.ts';

const password = credentials.SQL_PASSWORD;
const random = randomLooking('weak').hexadecimal;

test('no random value is refused, in whatever form it was made', () => {
  const values = Array.from({ length: 3000 }, (_, seed) => Object.values(randomLooking(`${seed}`))).flat();
  expect(values.filter((value) => weaknessOf(value, password) !== undefined)).toEqual([]);
});

test('a value of exactly the shortest length will do', () => {
  const { minLength } = password;
  expect(weaknessOf(random.slice(0, minLength), password)).toBeUndefined();
  expect(weaknessOf(random.slice(1, minLength), password)).toBe(
    'is too short: 19 characters, at least 20 are needed',
  );
});

test.each([
  ['', 'is empty'],
  [`${random}é`, 'holds a character that is not printable ASCII'],
  [`${random}\t`, 'holds a character that is not printable ASCII'],
  [`${random}"`, 'holds a quotation mark or a backslash, which not every program reads as it stands'],
  [`${random}\\`, 'holds a quotation mark or a backslash, which not every program reads as it stands'],
  ['a'.repeat(40), 'is too weak: 1 different characters, at least 6 are needed'],
  ['09182'.repeat(6), 'is too weak: 5 different characters, at least 6 are needed'],
])('%j: %s', (value, weakness) => {
  expect(weaknessOf(value, password)).toBe(weakness);
});

test.each([
  'change-me',
  'CHANGE_ME',
  'changeme',
  '<a long random password>',
  '$' + '{SQL_PASSWORD}',
  'your-password-goes-here-please',
  'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  '................................',
  'an-example-password-0123456789',
  'replace-with-the-real-password-1',
  'TODO',
  'password123',
  'secret',
])('%j is a placeholder, also of what somebody issues', (value) => {
  expect(weaknessOf(value, password)).toBe('is a placeholder still');
  expect(weaknessOf(value, credentials.BACKUP_S3_KEY)).toBe('is a placeholder still');
});

test.each([`django-insecure-${random}`, `Django-Insecure-${random}`, `dev-${random}`, `test-${random}`])(
  '%j starts as what stands in source code',
  (value) => {
    expect(weaknessOf(value, credentials.SECRET_KEY)).toMatch(
      /^is too weak: it starts with (django-insecure|dev|test)-, as values do that stand in source code$/,
    );
  },
);

describe('predictable', () => {
  test.each([
    ['one value, repeated', random.slice(0, 12).repeat(4)],
    ['a repeated word of one own', 'Zq8Kd3VwZq8Kd3VwZq8Kd3VwZq8Kd3Vw'],
    ['runs of one character', `${random.slice(0, 14)}${'z'.repeat(40)}`],
    ['abcabc', `abcabcabcabcabcabc${random.slice(0, 10)}`],
    ['123123', `123123123123123123123${random.slice(0, 10)}`],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz'],
    ['digits upwards and downwards', '01234567899876543210abcdefedcba'],
    ['every other letter and digit', 'acegikmoqsuwy13579zxvtrpnljhfdb'],
    ['letters twice', 'aabbccddeeffgghhiijjkkllmmnn'],
    ['letters and digits in turn', 'a1b2c3d4e5f6g7h8i9jxkylzm'],
    ['a counter', 'ab1ab2ab3ab4ab5ab6ab7ab8ab9'],
    ['the keyboard', 'QwertyuiopAsdfghjklYxcvbnm'],
    ['words and years', 'SummerPassword2026!WinterPassword2026!'],
    ['words with other characters in them', 'P@ssw0rd-Adm1n-P4ssw0rd-2026'],
    ['what belongs to this project', 'coped-production-postgres-elastic-django'],
  ])('%s', (_, value) => {
    expect(weaknessOf(value, password)).toMatch(
      /^is too weak: \d+ unpredictable characters, at least 16 are needed/,
    );
  });

  test('16 characters that say something new are enough, 15 are not', () => {
    const repeated = (length: number) => random.slice(0, length).repeat(4);
    expect(weaknessOf(repeated(16), password)).toBeUndefined();
    expect(weaknessOf(repeated(15), password)).toMatch(/^is too weak: 15 unpredictable/);
  });

  test('no value is repeated', () => {
    expect(weaknessOf('Zq8Kd3Vw'.repeat(4), password)).not.toContain('Zq8');
  });
});

test('what somebody issued is taken as it is', () => {
  expect(weaknessOf('a', credentials.BACKUP_S3_KEY)).toBeUndefined();
});
