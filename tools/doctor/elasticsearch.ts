import { elasticsearchHealth } from '../elasticsearch/health.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether every node is in the cluster, and every shard has its copies. */
export async function elasticsearch({ cluster, environment, name }: Patient): Promise<Finding> {
  const { nodes } = environment.elasticsearch;
  const health = await elasticsearchHealth(cluster, environment);
  const detail = `${health.status}, ${health.number_of_nodes} of ${nodes} nodes`;
  const remedy = `it gets green by itself when all nodes are there: kubectl --namespace ${environment.namespace} logs elasticsearch-0`;
  if (health.status === 'red' && health.number_of_nodes >= nodes)
    return bad(
      detail,
      `if it stays so, every copy of an index is lost; make another one: npm run reindex -- ${name} --force`,
    );
  if (health.status === 'red') return bad(detail, remedy);
  return health.status === 'yellow' || health.number_of_nodes < nodes
    ? warning(detail, remedy)
    : good(detail);
}
