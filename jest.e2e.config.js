import unit from './jest.config.js';

/** End-to-end tests, one file after the other in the order of their names, on the local cluster; see test/e2e/run.ts. */
export default {
  ...unit,
  testMatch: ['<rootDir>/test/e2e/**/*.e2e.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/e2e/guard.ts',
  testSequencer: '<rootDir>/test/e2e/by-name.js',
  testTimeout: 1_200_000,
  maxWorkers: 1,
  // The first file that fails ends the run: what follows may fail because of it, and would change what there is to see.
  bail: 1,
};
