import { describe, expect, test } from '@jest/globals';
import { changesOf, isAt, pathText } from '../../../tools/diff/fields.ts';
import type { AnyObject } from '../../../tools/diff/objects.ts';

const object = (kind: string, spec: unknown): AnyObject =>
  ({ apiVersion: 'v1', kind, metadata: { name: 'x' }, spec }) as AnyObject;
/** The changed fields, as `path: before → after`. */
const changed = (kind: string, before: unknown, after: unknown) =>
  changesOf(object(kind, before), object(kind, after)).map(
    ({ path, before, after }) => `${pathText(path)}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
  );

describe('the changed fields', () => {
  test.each([
    ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['spec.b: 2 → 3']],
    [
      'a field that is new, and one that is gone',
      { a: 1 },
      { b: 1 },
      ['spec.a: 1 → undefined', 'spec.b: undefined → 1'],
    ],
    [
      'items by their names, wherever they are',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 2 },
        ],
      },
      {
        ports: [
          { name: 'b', port: 3 },
          { name: 'a', port: 1 },
        ],
      },
      ['spec.ports[b].port: 2 → 3'],
    ],
    [
      'a named item that is new, and one that is gone',
      { ports: [{ name: 'a' }] },
      { ports: [{ name: 'b' }] },
      ['spec.ports[a]: {"name":"a"} → undefined', 'spec.ports[b]: undefined → {"name":"b"}'],
    ],
    [
      'claim templates by the names in their metadata',
      { list: [{ metadata: { name: 'data' }, size: 1 }] },
      { list: [{ metadata: { name: 'data' }, size: 2 }] },
      ['spec.list[data].size: 1 → 2'],
    ],
    [
      'the order of named items, when nothing else differs',
      { list: [{ name: 'a' }, { name: 'b' }] },
      { list: [{ name: 'b' }, { name: 'a' }] },
      ['spec.list: [{"name":"a"},{"name":"b"}] → [{"name":"b"},{"name":"a"}]'],
    ],
    [
      'items without names by their content',
      { list: [{ a: 1 }, { a: 2 }] },
      { list: [{ a: 2 }, { a: 3 }] },
      ['spec.list[]: {"a":1} → undefined', 'spec.list[]: undefined → {"a":3}'],
    ],
    ['each item of a new list', {}, { list: [{ name: 'a' }] }, ['spec.list[a]: undefined → {"name":"a"}']],
    ['each entry of new labels', {}, { labels: { a: 'b' } }, ['spec.labels.a: undefined → "b"']],
    ['labels in place of none', {}, { labels: {} }, ['spec.labels: undefined → {}']],
    ['an object as a whole', {}, { strategy: { type: 1 } }, ['spec.strategy: undefined → {"type":1}']],
    ['an empty list in place of none', {}, { list: [] }, ['spec.list: undefined → []']],
    ['a list of values as a whole', { list: ['a', 'b'] }, { list: ['b'] }, ['spec.list: ["a","b"] → ["b"]']],
    ['a key with dots', { 'a.b/c': 1 }, { 'a.b/c': 2 }, ['spec["a.b/c"]: 1 → 2']],
  ])('are %s', (_, before, after, expected) => {
    expect(changed('Service', before, after)).toEqual(expected);
  });

  test.each([
    ['StatefulSet', { template: { spec: 1 } }, { template: { spec: 2 } }],
    [
      'CronJob',
      { jobTemplate: { spec: { template: { spec: 1 } } } },
      { jobTemplate: { spec: { template: { spec: 2 } } } },
    ],
  ])('of the pods of a %s are found in its template', (kind, before, after) => {
    expect(changed(kind, before, after)).toEqual(['template.spec: 1 → 2']);
  });

  test('of a Job that a CronJob makes are not those of its pods', () => {
    const spec = (backoffLimit: number) => ({ jobTemplate: { spec: { backoffLimit } } });
    expect(changed('CronJob', spec(1), spec(2))).toEqual(['spec.jobTemplate.spec.backoffLimit: 1 → 2']);
  });
});

test.each([
  ['spec replicas', ['spec', 'replicas'], true],
  ['spec replicas', ['spec', 'replicas', 'x'], false],
  ['spec a|b', ['spec', 'b'], true],
  ['spec a|b', ['spec', 'c'], false],
  ['spec *', ['spec', 'x.y'], true],
  ['spec [*]', ['spec', '[x]'], true],
  ['spec [*]', ['spec', 'x'], false],
  ['spec **', ['spec'], true],
  ['spec **', ['spec', 'x', 'y'], true],
  ['spec **', ['data', 'x'], false],
])('the pattern %j for %j: %j', (pattern, path, expected) => {
  expect(isAt(path, pattern)).toBe(expected);
});
