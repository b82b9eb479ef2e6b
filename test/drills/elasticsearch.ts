import { setTimeout as delay } from 'node:timers/promises';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { kubectl } from '../e2e/cluster.ts';
import { type Report, SearchCluster } from './elasticsearch-cluster.ts';

interface Drill {
  readonly title: string;
  disturb(cluster: SearchCluster, where: readonly string[]): Promise<unknown>;
}

const ready = (where: readonly string[]) =>
  kubectl('rollout', 'status', 'statefulset/elasticsearch', ...where, '--timeout', '540s');

const drillsOn = (nodes: number): readonly Drill[] => [
  ...Array.from({ length: nodes }, (_, ordinal) => ({
    title: `server of elasticsearch-${ordinal} killed`,
    disturb: (cluster: SearchCluster) => cluster.kill(`elasticsearch-${ordinal}`),
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

/** What the person is asked to agree to. */
export function elasticsearchStatement({ namespace, elasticsearch }: AnyEnvironment, runs: number): string {
  return (
    `nodes of Elasticsearch of ${namespace} are killed and restarted: ${drillsOn(elasticsearch.nodes).length} drills, ` +
    `${runs} times each. Documents go into an index of their own, which is deleted.`
  );
}

/**
 * Disturbs Elasticsearch under a client that writes and searches, and prints a table of all runs.
 *
 * @returns what was not as it must be; empty when all was
 */
export async function holdElasticsearchDrills(
  { namespace, elasticsearch: { nodes } }: AnyEnvironment,
  runs: number,
): Promise<string[]> {
  const cluster = new SearchCluster(namespace);
  const where = ['--namespace', namespace];
  const failures: string[] = [];
  console.log(`${head}\n${head.replaceAll(/[^|]+/g, ' --- ')}`);
  for (const { title, disturb } of drillsOn(nodes)) {
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
  return failures;
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
