import { elasticsearchUsers } from '../../charts/lib/users.ts';
import { elasticsearch as workload } from '../../charts/workloads/elasticsearch.ts';
import { credentials } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, execIn } from '../cluster/cluster.ts';
import { bad, type Finding, good, Unanswered, warning } from './finding.ts';
import { anyOf, type Patient, parse, podsOf, secretValue } from './patient.ts';

interface Health {
  readonly status: 'green' | 'yellow' | 'red';
  readonly number_of_nodes: number;
}

/** Whether every node is there, and every shard has its copies. */
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

/** What a node says of the cluster; any of them that answers may be asked. */
async function elasticsearchHealth(cluster: Cluster, environment: AnyEnvironment): Promise<Health> {
  const { secret, key } = credentials.ELASTIC_MONITOR_PASSWORD;
  const password = await secretValue(cluster, environment, secret, key);
  if (password === undefined)
    throw new Unanswered(`there is no Secret ${secret}`, 'deploy the environment again');
  const [scheme, authority] = environment.elasticsearch.tls
    ? ['https', ['--cacert', 'config/tls/ca.crt']]
    : ['http', []];
  const url = `${scheme}://localhost:${workload.ports.http}/_cluster/health`;
  const curl = [
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    '--max-time',
    '20',
    '--config',
    '-',
    ...authority,
    url,
  ];
  return anyOf(podsOf('elasticsearch', environment.elasticsearch.nodes), async (pod) =>
    parse<Health>(
      await execIn(
        cluster,
        { namespace: environment.namespace, of: pod, container: 'elasticsearch' },
        curl,
        // On its standard input, so that no list of processes shows the password.
        `user = "${elasticsearchUsers.monitor}:${password}"`,
      ),
    ),
  );
}
