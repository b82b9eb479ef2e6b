import { expect, test } from '@jest/globals';
import type { Exception } from './exceptions.ts';
import { type Finding, judge } from './finding.ts';

const noLimit: Finding = { rule: 'CKV_K8S_11', object: 'production/Deployment/web', says: 'no limit' };
const exception: Exception = {
  rules: { checkov: ['CKV_K8S_11'], 'kube-score': ['limits'] },
  objects: ['*/Deployment/*'],
  reason: 'It is right.',
};
const both = new Map([
  ['checkov', [noLimit]],
  ['kube-score', [{ ...noLimit, rule: 'limits' }]],
]);

test('a finding that an exception explains is not reported', () => {
  expect(judge(both, [exception])).toEqual({ unexplained: [], stale: [] });
});

test.each([
  ['of another rule', { ...noLimit, rule: 'CKV_K8S_1' }],
  ['of an object that is not named', { ...noLimit, object: 'production/Job/migrate' }],
  ['of an object whose name only starts so', { ...noLimit, object: 'x' }],
])('a finding %s is reported, with its scanner', (_, finding) => {
  const found = new Map(both).set('checkov', [noLimit, finding]);
  expect(judge(found, [exception]).unexplained).toEqual([{ scanner: 'checkov', ...finding }]);
});

test('a rule of another scanner explains nothing', () => {
  const found = new Map(both).set('kube-linter', [noLimit]);
  expect(judge(found, [exception]).unexplained).toEqual([{ scanner: 'kube-linter', ...noLimit }]);
});

test('only * stands for other text in a pattern', () => {
  const dotted = { ...exception, rules: { checkov: ['CKV_K8S_11'] }, objects: ['docker/web.py'] } as const;
  const finding = { ...noLimit, object: 'docker/web-py' };
  expect(judge(new Map([['checkov', [finding]]]), [dotted]).unexplained).toHaveLength(1);
});

test('a rule that is no longer found makes its exception needless', () => {
  expect(judge(new Map(both).set('kube-score', []), [exception]).stale).toEqual([
    'kube-score no longer finds limits at */Deployment/*',
  ]);
});

test('an object at which nothing is found any more makes its exception needless', () => {
  const wider = { ...exception, objects: ['*/Deployment/*', '*/Job/*'] } as const;
  expect(judge(both, [wider]).stale).toEqual(['nothing is found any more at */Job/*: It is right.']);
});

test('an exception of scanners that did not run is not needless', () => {
  expect(judge(new Map(), [exception]).stale).toEqual([]);
  // Which of its objects the other scanner finds is not known.
  const wider = { ...exception, objects: ['*/Deployment/*', '*/Job/*'] } as const;
  expect(judge(new Map([['checkov', [noLimit]]]), [wider]).stale).toEqual([]);
});
