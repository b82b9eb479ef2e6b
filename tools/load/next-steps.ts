import { ExecaError } from 'execa';
import { ownerPasswords } from '../../charts/configuration/databases.ts';
import { manage } from '../../charts/lib/application.ts';
import { applicationUser } from '../../charts/lib/users.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { execIn, list } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/objects.ts';
import { containerStatuses } from '../cluster/pods.ts';
import { lastLine } from '../terminal/programs.ts';
import type { Destination } from './destination.ts';
import { reasonOf } from './dump-file.ts';

/** What is left to do after a load, for people: one command a line. */
export async function nextSteps(
  destination: Destination,
  environment: AnyEnvironment,
  name: string,
): Promise<string> {
  const { context } = destination.cluster;
  const doctor = `then: npm run doctor -- ${name} --context ${context}`;
  if (destination.isOfProgram) return [...restarts(destination, environment), doctor].join('\n');
  const { namespace, migrations, application } = environment;
  const migrate =
    migrations === 'at-start'
      ? `kubectl --context ${context} rollout restart --namespace ${namespace} deployment/web`
      : `npm run migrate -- ${name} --again --context ${context}`;
  const pending = await pendingMigrations(destination);
  const isMigrated = pending === '0' && application.migrationSteps === undefined;
  return [
    ...(isMigrated ? ['no migration is pending'] : [`migrations (${pending} pending): ${migrate}`]),
    ...(application.searchIndex
      ? [`the search index is still the old one: npm run reindex -- ${name} --force --context ${context}`]
      : []),
    doctor,
  ].join('\n');
}

/** Programs that know the password of the owner: they bring tables of an older version up when they start. */
function restarts({ cluster, owner }: Destination, environment: AnyEnvironment): string[] {
  const { namespace, application } = environment;
  const password = ownerPasswords(environment)[owner];
  return Object.entries(application.programs ?? {})
    .filter(([, { settings = {} }]) =>
      Object.values(settings).some(
        (value) => typeof value === 'object' && Object.values(value).some((name) => name === password),
      ),
    )
    .map(
      ([name]) =>
        `kubectl --context ${cluster.context} rollout restart --namespace ${namespace} deployment/${name}`,
    );
}

/** How many migrations the deployed code has that the database has not, told by a pod of the application. */
async function pendingMigrations({ cluster, namespace, database }: Destination): Promise<string> {
  const selector = ['--selector', 'app.kubernetes.io/name=web'];
  const pods = await list<Pod>(cluster, ['pods', '--namespace', namespace, ...selector]);
  const running = pods.flatMap((pod) =>
    containerStatuses(pod)
      .filter(({ state }) => state?.running)
      .map(({ name }) => ({ namespace, of: pod.metadata.name, container: name })),
  );
  // At the gate, or the server.
  const [container] = running;
  if (container === undefined) return 'not known, as no web pod runs, whether any are';
  try {
    const alias = database === applicationUser ? 'default' : database;
    const show = manage(['showmigrations', '--plan', '--skip-checks', `--database=${alias}`]);
    const plan = await execIn(cluster, container, show);
    return `${plan.split('\n').filter((line) => line.startsWith('[ ]')).length}`;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return `not known, as a web pod says "${lastLine(reasonOf(error))}", whether any are`;
  }
}
