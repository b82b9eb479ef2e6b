import unit from '../../jest.config.js';

/** What a mutant runs. */
export default {
  ...unit,
  rootDir: '../..',
  testEnvironment: '<rootDir>/test/mutation/first-failure.js',
  testSequencer: '<rootDir>/test/mutation/first-first.js',
  testMatch: ['<rootDir>/test/mutation/first.js', '<rootDir>/test/mutation/others.js'],
};
