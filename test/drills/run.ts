/** `npm run drill -- [NAME…]`: disturbs Postgres under a writing client, then Elasticsearch; a table of all runs of each. */
import { cpus } from 'node:os';
import { Argument, Command, Option } from 'commander';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { whilePaused } from '../../tools/cluster/argo-cd.ts';
import { type Cluster, readOnlyCluster } from '../../tools/cluster/cluster.ts';
import { environmentNames } from '../../tools/local/environments.ts';
import { confirm } from '../../tools/terminal/ask.ts';
import { UserError } from '../../tools/terminal/user-error.ts';
import { defaultRuns, parse, runsOption, yesOption } from './command-line.ts';
import { type Drill, hold, type Run } from './drill.ts';
import { elasticsearchStatement, holdElasticsearchDrills } from './elasticsearch.ts';
import { postgresDrills } from './postgres.ts';
import { deployed, type Target } from './target.ts';

interface Options {
  readonly environment: EnvironmentName;
  readonly namespace?: `coped-${string}`;
  readonly runs?: number;
  readonly yes: boolean;
}

const names = postgresDrills.map(({ name }) => name);
const exceptions = postgresDrills.flatMap(({ name, runs }) => (runs ? [`${name}: ${runs}`] : []));

const command = new Command('npm run drill --')
  .description(
    'disturb a deployed environment under a client that writes, and say what that noticed: Postgres, then Elasticsearch',
  )
  .addArgument(
    new Argument(
      '[names...]',
      "these drills of Postgres only; without any: all, then Elasticsearch's",
    ).choices(names),
  )
  .addOption(new Option('--environment <name>').choices(environmentNames).default('production'))
  .addOption(new Option('--namespace <name>', "another than the environment's own"))
  .addOption(runsOption(exceptions))
  .addOption(yesOption)
  .action(main);

async function main(chosen: readonly string[], options: Options): Promise<void> {
  const own = environments[options.environment];
  const environment = { ...own, namespace: options.namespace ?? own.namespace };
  if (environment.postgres.members < 3)
    throw new UserError(
      `${options.environment} has ${environment.postgres.members} members of Postgres; the drills need 3, as production has`,
    );
  const cluster = await readOnlyCluster(undefined);
  const both = chosen.length === 0;
  const drills = both ? postgresDrills : postgresDrills.filter(({ name }) => chosen.includes(name));
  const runsOf = (drill: Drill) => options.runs ?? drill.runs ?? defaultRuns;
  const runsOfElasticsearch = options.runs ?? defaultRuns;
  const statements = [
    `drills disturb Postgres of ${environment.namespace}, as docs/drills.md says of each: ` +
      `${drills.map((drill) => `${drill.name} × ${runsOf(drill)}`).join(', ')}. At times nothing can be saved, for up to ` +
      '25 s. Rows are written into a schema "drill" of their own, which is dropped.',
    ...(both ? [elasticsearchStatement(environment, runsOfElasticsearch)] : []),
  ];
  await confirm(
    `In the cluster of the context "${cluster.context}" ${statements.join('\nThen ')}`,
    options.yes,
  );
  const target = await deployed(cluster, environment);
  // They lower the level of the namespace for moments.
  const failures = await whilePaused(cluster, environment.namespace, 'drill', () =>
    holdPostgresDrills(target, drills, runsOf),
  );
  if (both) {
    // Whatever ends these drills, the findings of Postgres' drills are reported.
    const more = await holdElasticsearchDrills(cluster, environment, runsOfElasticsearch).catch(
      (error: Error) => [`elasticsearch: ${error.message}`],
    );
    failures.push(...more);
  }
  if (failures.length > 0) throw new UserError(failures.join('\n'));
}

/**
 * Disturbs Postgres under a writing client, and prints a table of all runs.
 *
 * @returns what was wrong; empty if nothing was
 */
async function holdPostgresDrills(
  target: Target,
  drills: readonly Drill[],
  runsOf: (drill: Drill) => number,
): Promise<string[]> {
  const runs: Run[] = [];
  const failures: string[] = [];
  for (const drill of drills) {
    for (let count = 1; count <= runsOf(drill); count += 1) {
      try {
        const run = await hold(target, drill);
        runs.push(run);
        console.log(row(run, count));
        failures.push(...run.faults.map((fault) => `${drill.name}, run ${count}: ${fault}`));
      } catch (error) {
        failures.push(`${drill.name}, run ${count}: ${(error as Error).message}`);
        console.log(failures.at(-1));
      }
    }
  }
  console.log(`\n${await heading(target.cluster)}\n\n${table(runs)}\n`);
  return failures;
}

async function heading(cluster: Cluster): Promise<string> {
  const node = 'jsonpath={.items[*].status.nodeInfo.kubeletVersion}';
  const versions = (await cluster.kubectl(['get', 'nodes', '--output', node])).split(' ');
  return (
    `${new Date().toISOString().slice(0, 10)}, ${versions.length} node(s) of Kubernetes ${versions[0]}, ` +
    `started from a machine of ${cpus().length} cores (${cpus()[0]?.model})`
  );
}

const head =
  '| drill | run | gap (s) | allowed (s) | acknowledged | lost | failed | there without an answer | primary | in sync again (s) | load of this machine | |';

function row(run: Run, count: number): string {
  const cells = [
    run.drill.title,
    count,
    run.gapSeconds.toFixed(1),
    run.drill.maxGapSeconds,
    run.acknowledged,
    run.lost,
    run.failed,
    run.unanswered,
    run.before === run.after ? run.before : `${run.before} → ${run.after}`,
    run.healedSeconds.toFixed(0),
    run.load.toFixed(0),
    run.note,
  ];
  return `| ${cells.join(' | ')} |`;
}

function table(runs: readonly Run[]): string {
  const counts = new Map<Drill, number>();
  const rows = runs.map((run) => {
    const count = (counts.get(run.drill) ?? 0) + 1;
    counts.set(run.drill, count);
    return row(run, count);
  });
  return [head, head.replaceAll(/[^|]+/g, ' --- '), ...rows].join('\n');
}

await parse(command);
