/** `npm run drill -- [NAME…]`: disturbs a deployed environment under a writing client; ends with a table of all runs. */
import { cpus } from 'node:os';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import { confirm } from '../../tools/ask.ts';
import { environmentNames } from '../../tools/environments.ts';
import { UserError } from '../../tools/user-error.ts';
import { kubectl } from '../e2e/cluster.ts';
import { type Drill, hold, type Run } from './drill.ts';
import { postgresDrills } from './postgres.ts';
import { deployed } from './target.ts';

interface Options {
  readonly environment: EnvironmentName;
  readonly namespace?: `coped-${string}`;
  readonly runs: number;
  readonly yes: boolean;
}

const names = postgresDrills.map(({ name }) => name);

const command = new Command('npm run drill --')
  .description('disturb a deployed environment under a client that writes, and say what that noticed')
  .addArgument(new Argument('[names...]', 'drills').choices(names).default(names))
  .addOption(new Option('--environment <name>').choices(environmentNames).default('production'))
  .addOption(new Option('--namespace <name>', "another than the environment's own"))
  .addOption(new Option('--runs <count>', 'of each drill').default(3).argParser(wholeNumber))
  .addOption(new Option('-y, --yes', 'answer yes to every question').default(false))
  .action(main);

async function main(chosen: readonly string[], options: Options): Promise<void> {
  const own = environments[options.environment];
  const environment = { ...own, namespace: options.namespace ?? own.namespace };
  if (environment.postgres.members < 3)
    throw new UserError(
      `${options.environment} has ${environment.postgres.members} members of Postgres; the drills need 3, as production has`,
    );
  const context = await kubectl('config', 'current-context');
  const drills = postgresDrills.filter(({ name }) => chosen.includes(name));
  await confirm(
    `This kills, freezes and cuts off members of Postgres of ${environment.namespace} in the cluster of the context ` +
      `"${context}", ${options.runs} times each: ${drills.map(({ name }) => name).join(', ')}.\n` +
      'The site does not write meanwhile, at times. Rows are written into a schema "drill" of their own, which is dropped.',
    options.yes,
  );
  const target = await deployed(environment);
  const runs: Run[] = [];
  const failures: string[] = [];
  for (const drill of drills) {
    for (let count = 1; count <= options.runs; count += 1) {
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
  console.log(`\n${await heading()}\n\n${table(runs)}`);
  if (failures.length > 0) throw new UserError(failures.join('\n'));
}

async function heading(): Promise<string> {
  const node = 'jsonpath={.items[*].status.nodeInfo.kubeletVersion}';
  const versions = (await kubectl('get', 'nodes', '--output', node)).split(' ');
  return (
    `${new Date().toISOString().slice(0, 10)}, ${versions.length} node(s) of Kubernetes ${versions[0]}, ` +
    `started from a machine of ${cpus().length} cores (${cpus()[0]?.model})`
  );
}

const head =
  '| drill | run | gap (s) | allowed (s) | acknowledged | lost | failed | there without an answer | primary | in step again (s) | load of this machine | |';

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

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('it must be a whole number, at least 1.');
  return number;
}

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`\nerror: ${error.message}`);
  process.exitCode = 1;
}
