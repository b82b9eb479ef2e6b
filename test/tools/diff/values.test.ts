import { describe, expect, test } from '@jest/globals';
import {
  arrow,
  images,
  lineChanges,
  policyRule,
  secretKeys,
  show,
  sizes,
} from '../../../tools/diff/values.ts';

const digest = (character: string) => `@sha256:${character.repeat(64)}`;

test.each([
  [
    `web:1.4.0${digest('a')}`,
    `web:1.5.0${digest('b')}`,
    'image web 1.4.0 → 1.5.0 (digest aaaaaaaaaaaa → bbbbbbbbbbbb)',
  ],
  [
    `web:1.4.0${digest('a')}`,
    `web:1.4.0${digest('b')}`,
    'another build of the image web 1.4.0: digest aaaaaaaaaaaa → bbbbbbbbbbbb',
  ],
  [`web:1.4.0${digest('a')}`, `web:1.5.0${digest('a')}`, 'image web 1.4.0 → 1.5.0 (the same digest)'],
  ['127.0.0.1:5000/web:1', '127.0.0.1:5000/web:2', 'image web 1 → 2'],
  ['ghcr.io/a/web:1', 'ghcr.io/b/web:1', 'image ghcr.io/a/web:1 → ghcr.io/b/web:1'],
])('%s and %s', (before, after, words) => {
  expect(images(before, after)).toBe(words);
});

test.each([
  ['64Mi', '128Mi', '64 → 128 MiB'],
  ['1Gi', '1536Mi', '1024 → 1536 MiB'],
  ['20Gi', '30Gi', '20 → 30 GiB'],
  ['500M', '1G', '500M → 1G'],
  [undefined, '1Gi', 'nothing → 1Gi'],
])('the sizes %s and %s', (before, after, words) => {
  expect(sizes(before, after)).toBe(words);
});

describe('a value', () => {
  test('is on one line, and what is none is said', () => {
    expect(['a', '', 'a\nb', 1, { a: [] }, undefined].map(show)).toEqual([
      'a',
      '""',
      '"a\\nb"',
      '1',
      '{"a":[]}',
      'nothing',
    ]);
  });

  test('that is long is shown where it begins to differ', () => {
    const [same, rest] = ['s'.repeat(500), 'r'.repeat(500)];
    expect(arrow(`${same}a${rest}`, `${same}b`)).toBe(
      `…${'s'.repeat(40)}a${'r'.repeat(259)}… → …${'s'.repeat(40)}b`,
    );
    expect(show(rest)).toBe(`${'r'.repeat(300)}…`);
  });
});

test('lines that set the same key are one change, and others are not', () => {
  expect(lineChanges('a: 1\nb: 2\nc: 3\n- x\n', 'b: 2\na: 5\n\nd: 4\n  - y\n')).toEqual([
    ['a: 1', 'a: 5'],
    ['c: 3', undefined],
    ['- x', undefined],
    [undefined, 'd: 4'],
    [undefined, '- y'],
  ]);
});

test.each([
  [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 1 }] }, '10.0.0.0/8 on 1'],
  [{ from: [{ podSelector: {} }], ports: [{ port: 53, protocol: 'UDP' }] }, '{"podSelector":{}} on 53 UDP'],
  [
    { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'store' } } }], ports: [] },
    'all pods in store on every port',
  ],
  [{ ports: [{ port: 1 }, { port: 2 }] }, 'everybody on 1, 2'],
])('the rule %j of a policy', (rule, words) => {
  expect(policyRule(rule)).toBe(words);
});

test.each([
  [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }, ['s/k']],
  [{ secretRef: { name: 's' } }, ['s/*']],
  [{ name: 'v', secret: { secretName: 's' } }, ['s/*']],
  [{ secret: { name: 's', items: [{ key: 'a' }, { key: 'b' }] } }, ['s/a', 's/b']],
  [{ projected: { sources: [{ secret: { name: 's' } }, { configMap: { name: 'c' } }] } }, ['s/*']],
  [{ name: 'v', emptyDir: {} }, []],
])('the Secrets of %j', (source, keys) => {
  expect(secretKeys(source)).toEqual(keys);
});
