import { ExecaError } from 'execa';
import { elasticsearchHealth, indicesWithoutRoom } from '../elasticsearch/health.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether every node is in the cluster, every shard has its copies, and every index takes changes. */
export async function elasticsearch({ cluster, environment, name }: Patient): Promise<Finding> {
  const { namespace } = environment;
  const { context } = cluster;
  const { nodes } = environment.elasticsearch;
  const health = await elasticsearchHealth(cluster, environment).catch((error: unknown) => {
    // That is how curl says it.
    if (error instanceof ExecaError && `${error.stderr}`.includes('returned error: 401')) return undefined;
    throw error;
  });
  if (health === undefined)
    return bad(
      'its nodes refuse the password of their Secret, which they read when they start',
      `if the Secret was replaced: kubectl --context ${context} rollout restart --namespace ${namespace} statefulset/elasticsearch deployment/web`,
    );
  const detail = `${health.status}, ${health.number_of_nodes} of ${nodes} nodes`;
  const full = await indicesWithoutRoom(cluster, environment);
  if (full.length > 0)
    return bad(
      `${detail}; a disk is nearly full, so no change is taken by ${full.join(', ')}`,
      'make its volume larger, or room on its node: docs/volumes.md; then changes are taken again, and are caught up by: ' +
        `npm run reindex -- ${name} --context ${context}`,
    );
  const remedy = `it gets green by itself when all nodes are there: kubectl --context ${context} --namespace ${namespace} logs elasticsearch-0`;
  if (health.status === 'red' && health.number_of_nodes >= nodes)
    return bad(
      detail,
      `if it stays so and the volumes have room, every copy of an index is lost; make another one: npm run reindex -- ${name} --force --context ${context}`,
    );
  if (health.status === 'red') return bad(detail, remedy);
  return health.status === 'yellow' || health.number_of_nodes < nodes
    ? warning(detail, remedy)
    : good(detail);
}
