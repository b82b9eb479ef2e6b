import type { Application } from './contract.ts';
import type { Credential } from './credentials.ts';

/** Credentials of its own, by the names that its settings give them: docs/adding-things.md, "A credential". */
export const credentials = {} as const satisfies Record<string, Credential>;

/** The Django project in docker/web: the stand-in. */
export const application = {
  settingsModule: 'coped.settings',
  credentialsAs: 'files',
  searchIndex: {
    rebuild: ['rebuild_index', '--wait', '600'],
    rebuildForced: ['rebuild_index', '--wait', '600', '--force'],
    check: ['check_index', '--json'],
  },
  sampleData: ['load_sample_projects'],
} as const satisfies Application;
