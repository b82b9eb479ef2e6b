/** Unit tests: no cluster, no network. Those of test/copies take longer, and have a command of their own. */
export default {
  testEnvironment: 'node',
  // Jest would wrap what execa keeps in `process` once more for each file of tests, until the stack is full.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/copies/'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', experimental: { keepImportAttributes: true } } }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  // Many tests wait for a program that they have started.
  maxWorkers: '100%',
  // Each test of the command line starts Node several times, which takes seconds where the machine is busy.
  testTimeout: 20_000,
};
