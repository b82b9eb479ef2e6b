import type { AnyEnvironment } from '../environments/environment.ts';
import { ImpossibleValue } from '../environments/rules.ts';
import { processes } from './lib/processes.ts';
import { programs } from './lib/programs.ts';
import { hasNginx } from './lib/routes.ts';
import { headlessName } from './lib/stateful-set.ts';
import type { Workload } from './lib/workload.ts';
import { certificates } from './workloads/certificates.ts';
import { createCredentials } from './workloads/create-credentials.ts';
import { elasticsearch } from './workloads/elasticsearch.ts';
import { mailCatcher, smtpService } from './workloads/mail-catcher.ts';
import { migrate } from './workloads/migrate.ts';
import { nginx } from './workloads/nginx.ts';
import { postgres, replicasService } from './workloads/postgres.ts';
import { postgresBackup } from './workloads/postgres-backup.ts';
import { postgresRestore } from './workloads/postgres-restore.ts';
import { postgresRestoreTest } from './workloads/postgres-restore-test.ts';
import { redis } from './workloads/redis.ts';
import { sampleData } from './workloads/sample-data.ts';
import { web } from './workloads/web.ts';

/**
 * Every workload that an environment may have beside its application's processes and programs, in the order of their files in dist/.
 * Everything else follows from this list.
 */
export const workloads = [
  createCredentials,
  certificates,
  postgres,
  elasticsearch,
  redis,
  postgresBackup,
  postgresRestoreTest,
  postgresRestore,
  migrate,
  sampleData,
  mailCatcher,
  web,
  nginx,
] as const satisfies readonly Workload[];

/**
 * The workloads that an environment has; the last ones are the processes of its application, and its other programs.
 *
 * @throws when two have the same name, or one has that of another Service
 */
export function workloadsOf(environment: AnyEnvironment): Workload[] {
  const ready = workloads.filter((workload: Workload) => workload.isIn?.(environment) ?? true);
  const added = [...processes(environment), ...programs(environment)];
  refuseTaken(added);
  const all = [...ready, ...added];
  return hasNginx(environment, all) ? all : all.filter((workload) => workload !== nginx);
}

/**
 * A name may not be that of a workload that the environment lacks either: it may have it one day. Some Services are not
 * called as their workloads are.
 */
function refuseTaken(added: readonly Workload[]): void {
  const ofTheCharts = [...workloads.map(({ name }) => name), replicasService, smtpService];
  const headless = workloads.map(headlessName);
  const names = [...ofTheCharts, ...headless, ...added.map(({ name }) => name)];
  const taken = names.find((name, index) => names.indexOf(name) !== index);
  if (taken !== undefined)
    throw new ImpossibleValue(
      `environments/application.ts calls a process or a program "${taken}", as another workload or Service is called; expected each name once, and none of ${ofTheCharts.join(', ')}, nor one of these with -headless`,
    );
}
