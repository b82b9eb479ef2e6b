import { expect, test } from '@jest/globals';
import {
  boolean,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  readJson,
  recordOf,
  string,
  UnexpectedAnswer,
} from '../../../tools/terminal/json.ts';

const member = object({
  name: string,
  role: oneOf('primary', 'replica'),
  lag: nullable(number),
  paused: optional(boolean),
  tags: recordOf(string),
});
const good = { name: 'postgres-0', role: 'primary', lag: null, tags: { zone: 'a' } };
const read = (answer: unknown) => readJson('patronictl list', JSON.stringify(answer), listOf(member));

test('an answer is given with the fields that are read, and without others', () => {
  expect(
    read([
      { ...good, more: 1 },
      { ...good, lag: 3, paused: true },
    ]),
  ).toEqual([
    { ...good, paused: undefined },
    { ...good, lag: 3, paused: true },
  ]);
});

test.each([
  [{ items: [] }, 'the answer of patronictl list is {"items":[]}, expected a list'],
  [[good, 'x'], 'the answer of patronictl list[1] is "x", expected an object'],
  [[[]], 'the answer of patronictl list[0] is [], expected an object'],
  [[{ ...good, name: undefined }], '[0].name is absent, expected a text'],
  [[{ ...good, role: 'leader' }], '[0].role is "leader", expected primary, replica'],
  [[{ ...good, lag: undefined }], '[0].lag is absent, expected a number'],
  [[{ ...good, lag: '3' }], '[0].lag is "3", expected a number'],
  [[{ ...good, paused: 'no' }], '[0].paused is "no", expected true or false'],
  [[{ ...good, tags: { zone: 1 } }], '[0].tags.zone is 1, expected a text'],
])('%j is refused with the place, what stands there and what is expected', (answer, message) => {
  expect(() => read(answer)).toThrow(UnexpectedAnswer);
  expect(() => read(answer)).toThrow(message);
});

test('what is not JSON is shown as far as it fits', () => {
  expect(() => readJson('curl', `<html>${'x'.repeat(500)}`, string)).toThrow(
    /^curl answered with something else than JSON: <html>x{74}$/,
  );
});
