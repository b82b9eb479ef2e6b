/** Unit tests: no cluster, no network. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', experimental: { keepImportAttributes: true } } }],
  },
  extensionsToTreatAsEsm: ['.ts'],
  // Many tests wait for a program that they have started.
  maxWorkers: '100%',
  // Each test of the command line starts Node several times, which takes seconds where the machine is busy.
  testTimeout: 20_000,
};
