import { ExecaError } from 'execa';
import { manage } from '../../charts/lib/application.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, execIn, list } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/objects.ts';
import { containerStatuses } from '../cluster/pods.ts';
import { lastLine } from '../terminal/programs.ts';
import { reasonOf } from './dump-file.ts';

/** What is left to do after a load, for people: one command a line. */
export async function nextSteps(
  cluster: Cluster,
  environment: AnyEnvironment,
  name: string,
): Promise<string> {
  const { namespace, migrations, application } = environment;
  const migrate =
    migrations === 'at-start'
      ? `kubectl rollout restart --namespace ${namespace} deployment/web`
      : `npm run migrate -- ${name} --again`;
  const pending = await pendingMigrations(cluster, namespace);
  const isMigrated = pending === '0' && application.migrationSteps === undefined;
  return [
    ...(isMigrated ? ['no migration is pending'] : [`migrations (${pending} pending): ${migrate}`]),
    ...(application.searchIndex
      ? [`the search index is still the old one: npm run reindex -- ${name} --force`]
      : []),
    `then: npm run doctor -- ${name}`,
  ].join('\n');
}

/** How many migrations the deployed code has that the database has not, told by a pod of the application. */
async function pendingMigrations(cluster: Cluster, namespace: string): Promise<string> {
  const selector = ['--selector', 'app.kubernetes.io/name=web'];
  const pods = await list<Pod>(cluster, ['pods', '--namespace', namespace, ...selector]);
  const running = pods.flatMap((pod) =>
    containerStatuses(pod)
      .filter(({ state }) => state?.running)
      .map(({ name }) => ({ namespace, of: pod.metadata.name, container: name })),
  );
  // At the gate, or the server.
  const [place] = running;
  if (place === undefined) return 'not known, as no web pod runs, whether any are';
  try {
    const plan = await execIn(cluster, place, manage(['showmigrations', '--plan', '--skip-checks']));
    return `${plan.split('\n').filter((line) => line.startsWith('[ ]')).length}`;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return `not known, as a web pod says "${lastLine(reasonOf(error))}", whether any are`;
  }
}
