import type { Application } from '../../environments/contract.ts';

/**
 * A small application, for tests that hold whatever application runs here: it has an index and sample data, and nothing
 * else. test/second-application has the rest.
 */
export const small = {
  settingsModule: 'site.settings',
  credentialsAs: 'files',
  searchIndex: {
    rebuild: ['rebuild_index', '--wait', '600'],
    rebuildForced: ['rebuild_index', '--wait', '600', '--force'],
    check: ['check_index', '--json'],
  },
  sampleData: ['load_sample_projects'],
} as const satisfies Application;
