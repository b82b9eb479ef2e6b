import { describe, expect, test } from '@jest/globals';
import { parseEnvFile } from '../../../tools/credentials/env-file.ts';

describe('parseEnvFile', () => {
  test('reads names, values and lines, and skips blank lines and comments', () => {
    expect(parseEnvFile('# comment\n\nA=1\n \t\n  # indented\n  _b2=2\n').variables).toEqual(
      new Map([
        ['A', { value: '1', line: 3 }],
        ['_b2', { value: '2', line: 6 }],
      ]),
    );
  });

  test.each([
    ['A=', ''],
    ['A=""', ''],
    ['A=  b c  ', 'b c'],
    ['A=b=c==', 'b=c=='],
    ['A=b#c', 'b#c'],
    ['A=$B`c`\\n', '$B`c`\\n'],
    ["A=it's", "it's"],
    ['A=" b # c "', ' b # c '],
    ["A='b\"c\\'", 'b"c\\'],
    ['A=b\r\n', 'b'],
    ['\uFEFFA=b', 'b'],
  ])('takes %j as it stands', (text, value) => {
    expect(parseEnvFile(text).variables.get('A')?.value).toBe(value);
  });

  test.each([
    ['export A=b', '`export` does not belong into an env file: start the line with the name'],
    ['A', 'expected NAME=value, found no `=`'],
    ['A: b', 'expected NAME=value, found no `=`'],
    ['A =b', 'a blank before `=`: expected NAME=value'],
    ['1A=b', 'invalid name before `=`: expected letters, digits and _, not starting with a digit'],
    ['=b', 'invalid name before `=`: expected letters, digits and _, not starting with a digit'],
    ['A="b', 'A has an opening " without a closing one'],
    ["A='", "A has an opening ' without a closing one"],
    ['A="b"c', 'A has text after the closing "'],
    ["A='b' # c", "A has text after the closing '"],
    ['A=b # c', 'A has a # after a blank: put the value into quotes, or the comment on a line of its own'],
    ['A= # c', 'A has a # after a blank: put the value into quotes, or the comment on a line of its own'],
  ])('refuses %j', (text, problem) => {
    expect(parseEnvFile(`\n${text}\n`).problems).toEqual([{ line: 2, text: problem }]);
  });

  test('names both lines of a duplicate', () => {
    expect(parseEnvFile('A=1\nB=2\nA=3\n').problems).toEqual([
      { line: 3, text: 'A stands on line 1 already: keep one of them' },
    ]);
  });

  test('reports every line that it cannot read', () => {
    expect(parseEnvFile('A\nB="\nexport C=1\n').problems.map(({ line }) => line)).toEqual([1, 2, 3]);
  });
});
