import unit from '../../jest.config.js';
import { filesBelow } from './files.js';

const together = filesBelow('charts', 'environments', 'tools');

/** The unit tests all at once: many files as one, because each file of its own loads cdk8s and Jest itself anew. */
export default {
  ...unit,
  rootDir: '../..',
  testMatch: [...unit.testMatch, '<rootDir>/test/together/{charts,tools}.js'],
  testSequencer: '<rootDir>/test/together/first.js',
  testPathIgnorePatterns: [
    ...unit.testPathIgnorePatterns,
    ...together.map((file) => `<rootDir>/test/${file}$`),
  ],
};
