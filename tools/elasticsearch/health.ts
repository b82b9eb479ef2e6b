import { elasticsearchUsers } from '../../charts/lib/users.ts';
import { elasticsearch as workload } from '../../charts/workloads/elasticsearch.ts';
import { credentials } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Cluster, execIn, secretValue } from '../cluster/cluster.ts';
import { anyOf, podsOf } from '../cluster/pods.ts';
import { number, object, oneOf, optional, type Reader, readJson, recordOf } from '../terminal/json.ts';
import { UserError } from '../terminal/user-error.ts';

/** What a node says of the whole cluster. */
export type Health = ReturnType<typeof health>;

/** @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/cluster-health.html */
const health = object({ status: oneOf('green', 'yellow', 'red'), number_of_nodes: number });

/** @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/cluster-state.html */
const state = object({
  blocks: optional(object({ indices: optional(recordOf(recordOf((value) => value))) })),
});

/** Number of the block of an index on a node whose disk has reached the flood-stage watermark. */
const floodStage = '12';

/**
 * The health of Elasticsearch, from any node that answers.
 *
 * @throws UserError when the Secret of the password does not exist, ExecaError when no node answers
 */
export function elasticsearchHealth(cluster: Cluster, environment: AnyEnvironment): Promise<Health> {
  return ask(cluster, environment, '_cluster/health', health);
}

/**
 * The indices that take no changes because the disk of a node is nearly full. The health does not tell: it can be green.
 *
 * @throws UserError and ExecaError as `elasticsearchHealth`
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/fix-watermark-errors.html
 */
export async function indicesWithoutRoom(cluster: Cluster, environment: AnyEnvironment): Promise<string[]> {
  const { blocks } = await ask(cluster, environment, '_cluster/state/blocks', state);
  return Object.entries(blocks?.indices ?? {}).flatMap(([index, own]) =>
    // Elasticsearch's own index of users is one of them, and nobody writes to it.
    floodStage in own && !index.startsWith('.') ? [index] : [],
  );
}

async function ask<T>(
  cluster: Cluster,
  environment: AnyEnvironment,
  path: string,
  read: Reader<T>,
): Promise<T> {
  const { namespace, elasticsearch } = environment;
  const { secret, key } = credentials.ELASTIC_MONITOR_PASSWORD;
  const password = await secretValue(cluster, namespace, secret, key);
  if (password === undefined) throw new UserError(`there is no Secret ${secret}`);
  const [scheme, authority] = elasticsearch.tls ? ['https', ['--cacert', 'config/tls/ca.crt']] : ['http', []];
  const limits = ['--silent', '--show-error', '--fail', '--max-time', '20'];
  const url = `${scheme}://localhost:${workload.ports.http}/${path}`;
  return anyOf(podsOf('elasticsearch', elasticsearch.nodes), async (pod) => {
    const answer = await execIn(
      cluster,
      { namespace, of: pod, container: 'elasticsearch' },
      ['curl', ...limits, ...authority, '--config', '-', url],
      // Through standard input, so that no list of processes shows the password.
      { input: `user = "${elasticsearchUsers.monitor}:${password}"` },
    );
    return readJson(`${path} of ${pod}`, answer, read);
  });
}
