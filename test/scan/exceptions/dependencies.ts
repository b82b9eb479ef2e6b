import type { Exception } from '../exceptions.ts';

/** What the scanners find in package.json. */
export const dependencies: readonly Exception[] = [
  {
    rules: { knip: ['binaries'] },
    objects: ['* kind', '* kubectl'],
    reason: 'README.md asks for them: no npm package brings them.',
  },
  {
    rules: { knip: ['devDependencies'] },
    objects: ['package.json @kubernetes-models/apimachinery'],
    reason: 'test/charts/schema.test.ts reads the schemas in its folder, and imports nothing of it.',
  },
  {
    rules: { knip: ['devDependencies'] },
    objects: ['package.json cdk8s-cli'],
    reason: 'People call `cdk8s synth`, and `cdk8s import` makes imports/.',
  },
];
