import unit from '../../jest.config.js';

/** What a mutant runs. */
export default {
  ...unit,
  rootDir: '../..',
  testEnvironment: '<rootDir>/test/mutation/first-failure.js',
  testMatch: ['<rootDir>/test/mutation/everything.js'],
};
