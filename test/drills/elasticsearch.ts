import { setTimeout as delay } from 'node:timers/promises';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { type Report, SearchCluster } from './elasticsearch-cluster.ts';

/** Runs kubectl in the namespace. */
type Kubectl = (...arguments_: string[]) => Promise<string>;

interface Drill {
  readonly title: string;
  disturb(search: SearchCluster, kubectl: Kubectl): Promise<unknown>;
}

const drillsOn = (nodes: number): readonly Drill[] => [
  ...Array.from({ length: nodes }, (_, ordinal) => ({
    title: `server of elasticsearch-${ordinal} killed`,
    disturb: (search: SearchCluster) => search.kill(`elasticsearch-${ordinal}`),
  })),
  {
    title: 'pod of the leading node deleted by force',
    disturb: async (search, kubectl) =>
      kubectl('delete', 'pod', await search.master(), '--force', '--grace-period=0'),
  },
  {
    title: 'rolling restart',
    disturb: (_, kubectl) => kubectl('rollout', 'restart', 'statefulset/elasticsearch'),
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
 * @returns what was wrong; empty if nothing was
 */
export async function holdElasticsearchDrills(
  cluster: Cluster,
  { namespace, elasticsearch: { nodes } }: AnyEnvironment,
  runs: number,
): Promise<string[]> {
  const search = new SearchCluster(cluster, namespace);
  const kubectl: Kubectl = (...arguments_) => cluster.kubectl([...arguments_, '--namespace', namespace]);
  const failures: string[] = [];
  console.log(`${head}\n${head.replaceAll(/[^|]+/g, ' --- ')}`);
  for (const { title, disturb } of drillsOn(nodes)) {
    for (let run = 1; run <= runs; run += 1) {
      await search.green(nodes, 300);
      await search.makeIndex();
      let greenSeconds = 0;
      const report = await search.underLoad(async () => {
        await delay(3_000);
        const start = Date.now();
        await disturb(search, kubectl);
        await kubectl('rollout', 'status', 'statefulset/elasticsearch', '--timeout', '540s');
        await search.green(nodes, 300);
        greenSeconds = (Date.now() - start) / 1000;
      });
      console.log(row(title, run, greenSeconds, report));
      failures.push(...faults(report).map((fault) => `${title}, run ${run}: ${fault}`));
    }
  }
  await search.removeIndex();
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
