import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { whilePaused } from '../cluster/argo-cd.ts';
import { type Cluster, chooseCluster, get, type TargetOptions } from '../cluster/cluster.ts';
import type { StatefulSet } from '../cluster/objects.ts';
import { replaceNodes } from '../grow/elasticsearch.ts';
import { type Growth, plan, statement } from '../grow/plan.ts';
import { replaceMembers } from '../grow/postgres.ts';
import { expand } from '../grow/volumes.ts';
import { confirm } from '../terminal/ask.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** The options of the command line. */
export interface GrowOptions extends TargetOptions {
  /** How long one member may take to be in sync again, in seconds. */
  readonly timeout: number;
}

const replaceVolumesOf = { postgres: replaceMembers, elasticsearch: replaceNodes };

/**
 * `npm run grow -- ENVIRONMENT`: makes the volumes of a deployed environment as large as its file says.
 *
 * @throws UserError when a volume is larger already, when the cluster cannot do it, or when a member does not come back
 */
export async function growCommand(name: EnvironmentName, options: GrowOptions): Promise<void> {
  await requirePrograms('kubectl');
  const cluster = await chooseCluster(`This makes volumes of ${name} larger`, options);
  await grow(cluster, environments[name], options);
}

/** The command itself, on a chosen cluster. */
export async function grow(
  cluster: Cluster,
  environment: AnyEnvironment,
  options: Pick<GrowOptions, 'timeout' | 'yes'>,
): Promise<void> {
  const { namespace } = environment;
  const plans: Growth[] = [];
  for (const workload of ['postgres', 'elasticsearch'] as const) {
    plans.push(await plan(cluster, environment, workload));
  }
  const todo = plans.filter(({ how }) => how !== 'nothing');
  for (const { workload, to } of plans.filter(({ how }) => how === 'nothing'))
    console.log(`${workload}: every volume asks for ${to} already`);
  if (todo.length === 0) return;
  await confirm(todo.map((growth) => statement(namespace, growth)).join('\n'), options.yes);
  const work = { cluster, environment, timeoutSeconds: options.timeout };
  await whilePaused(cluster, namespace, 'grow', async () => {
    for (const growth of todo) {
      await renewStatefulSet(cluster, namespace, growth);
      if (growth.how === 'expand') await expand(work, growth);
      else await replaceVolumesOf[growth.workload](work, growth);
      console.log(`${growth.workload}: every volume has ${growth.to}`);
    }
  });
}

/** Puts the size into the claim template. Kubernetes cannot change it, so a new StatefulSet adopts the pods. */
async function renewStatefulSet(
  cluster: Cluster,
  namespace: string,
  { workload, to }: Growth,
): Promise<void> {
  const where = [`statefulset/${workload}`, '--namespace', namespace];
  const present = await get<StatefulSet>(cluster, where);
  // Absent if somebody interrupted this command, or deleted it; an apply creates it anew.
  if (!present)
    throw new UserError(`there is no StatefulSet ${workload} in ${namespace}: apply its manifest first`);
  const templates = present.spec.volumeClaimTemplates ?? [];
  if (templates.every(({ spec }) => spec?.resources?.requests?.storage === to)) return;
  const renewed = {
    apiVersion: present.apiVersion,
    kind: present.kind,
    metadata: {
      name: workload,
      namespace,
      labels: present.metadata.labels,
      annotations: present.metadata.annotations,
    },
    spec: {
      ...present.spec,
      volumeClaimTemplates: templates.map((template) => ({
        ...template,
        spec: { ...template.spec, resources: { requests: { storage: to } } },
      })),
    },
  };
  // Whatever the server would refuse is refused now, while the old one still exists.
  await cluster.kubectl(['create', '--dry-run=server', '--filename', '-'], {
    input: JSON.stringify({ ...renewed, metadata: { ...renewed.metadata, name: `${workload}-grow` } }),
  });
  await cluster.kubectl(['delete', ...where, '--cascade=orphan']);
  await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify(renewed) });
  console.log(`${workload}: new members get ${to} from now on`);
}
