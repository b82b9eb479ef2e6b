import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { minorOf, supportedKubernetes } from '../../../tools/cluster/versions.ts';
import { root } from '../../../tools/terminal/programs.ts';

interface Workflow {
  readonly jobs: {
    readonly kubernetes: {
      readonly strategy: {
        readonly matrix: { readonly include: readonly { readonly which: string; readonly node: string }[] };
      };
    };
  };
}

const { oldest, newest } = supportedKubernetes;

test('CI runs the end-to-end tests on the oldest and the newest version that is supported', () => {
  const workflow = load(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8')) as Workflow;
  const tried = workflow.jobs.kubernetes.strategy.matrix.include.map(({ which, node }) => [
    which,
    minorOf(/:(v[^@]+)@/.exec(node)?.[1] ?? ''),
  ]);
  expect(tried).toEqual([
    ['the oldest', oldest],
    ['the newest', newest],
  ]);
});
