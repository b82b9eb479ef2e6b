/** `npm run drill:elasticsearch`: disturbs Elasticsearch under a client that writes and searches; ends with a table. */
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { environments } from '../../environments/all.ts';
import { confirm } from '../../tools/ask.ts';
import { UserError } from '../../tools/user-error.ts';
import { kubectl } from '../e2e/cluster.ts';
import { type Report, SearchCluster } from './elasticsearch-cluster.ts';

const { production } = environments;
const { nodes } = production.elasticsearch;
const pods = Array.from({ length: nodes }, (_, ordinal) => `elasticsearch-${ordinal}`);

interface Options {
  readonly namespace: string;
  readonly runs: number;
  readonly yes: boolean;
}

interface Drill {
  readonly title: string;
  disturb(cluster: SearchCluster, where: readonly string[]): Promise<unknown>;
}

const ready = (where: readonly string[]) =>
  kubectl('rollout', 'status', 'statefulset/elasticsearch', ...where, '--timeout', '540s');

const drills: readonly Drill[] = [
  ...pods.map((pod) => ({
    title: `server of ${pod} killed`,
    disturb: (cluster: SearchCluster) => cluster.kill(pod),
  })),
  {
    title: 'pod of the leading node deleted by force',
    disturb: async (cluster, where) =>
      kubectl('delete', 'pod', await cluster.master(), ...where, '--force', '--grace-period=0'),
  },
  {
    title: 'rolling restart',
    disturb: (_, where) => kubectl('rollout', 'restart', 'statefulset/elasticsearch', ...where),
  },
];

const head =
  '| drill | run | green again (s) | acknowledged | lost | writes failed | longest gap (s) | searches | failed | slowest (s) | health |';

new Command('npm run drill:elasticsearch --')
  .description(
    'kill and restart nodes of Elasticsearch in production under a client, and say what that noticed',
  )
  .addOption(new Option('--namespace <name>').default(production.namespace))
  .addOption(new Option('--runs <count>', 'of each drill').default(3).argParser(wholeNumber))
  .addOption(new Option('-y, --yes', 'answer yes to every question').default(false))
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    console.error(`\nerror: ${error.message}`);
    process.exitCode = 1;
  });

async function main({ namespace, runs, yes }: Options): Promise<void> {
  const context = await kubectl('config', 'current-context');
  await confirm(
    `This kills and restarts each node of Elasticsearch of ${namespace} in the cluster of the context "${context}", ` +
      `${runs} times in each of ${drills.length} ways. Documents go into an index of its own, which is deleted.`,
    yes,
  );
  const cluster = new SearchCluster(namespace);
  const where = ['--namespace', namespace];
  const failures: string[] = [];
  console.log(`${head}\n${head.replaceAll(/[^|]+/g, ' --- ')}`);
  for (const { title, disturb } of drills) {
    for (let run = 1; run <= runs; run += 1) {
      await cluster.green(nodes, 300);
      await cluster.makeIndex();
      let greenSeconds = 0;
      const report = await cluster.underLoad(async () => {
        await delay(3_000);
        const start = Date.now();
        await disturb(cluster, where);
        await ready(where);
        await cluster.green(nodes, 300);
        greenSeconds = (Date.now() - start) / 1000;
      });
      console.log(row(title, run, greenSeconds, report));
      failures.push(...faults(report).map((fault) => `${title}, run ${run}: ${fault}`));
    }
  }
  await cluster.removeIndex();
  if (failures.length > 0) throw new UserError(failures.join('\n'));
}

function faults({ lost, failedSearches, healths }: Report): string[] {
  return [
    ...(lost.length > 0 ? [`${lost.length} acknowledged documents are lost`] : []),
    ...failedSearches.map(([at, error]) => `a search failed after ${at} s: ${error}`),
    ...healths.filter(([, health]) => health.startsWith('red')).map(([at]) => `red after ${at} s`),
  ];
}

function row(title: string, run: number, greenSeconds: number, report: Report): string {
  const cells = [
    title,
    run,
    greenSeconds.toFixed(0),
    report.acknowledged,
    report.lost.length,
    report.failedWrites.length,
    report.gapSeconds.toFixed(1),
    report.searches,
    report.failedSearches.length,
    report.slowestSearchSeconds.toFixed(1),
    report.healths.map(([, health]) => health).join(' → '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('it must be a whole number, at least 1.');
  return number;
}
