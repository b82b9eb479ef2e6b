import { readFileSync } from 'node:fs';
import { passwordOf } from '../../charts/configuration/elasticsearch.ts';
import { credentials } from '../../environments/credentials.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { attemptIn, eventually } from '../lib/kubectl.ts';

export type User = keyof typeof passwordOf;

/** Index of the tests. The application's users may use it, but its pages do not. */
export const testIndex = 'coped-test';
const stopFile = '/tmp/search-client.stop';
const client = readFileSync(new URL('search-client.py', import.meta.url), 'utf8');

/** Sends one request from a web pod; standard input holds user and password, method, path and body. */
const request = `import base64, json, os, ssl, sys, urllib.error, urllib.request
user, method, path, body = json.load(sys.stdin)
ca = os.environ.get("ELASTIC_CA_FILE")
url = f"{'https' if ca else 'http'}://{os.environ['ELASTIC_HOSTNAME']}:{os.environ['ELASTIC_PORT']}{path}"
request = urllib.request.Request(url, body.encode() or None, {"Content-Type": "application/json"}, method=method)
if user:
    request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
context = ssl.create_default_context(cafile=ca) if ca else None
try:
    with urllib.request.urlopen(request, timeout=60, context=context) as answer:
        print(json.dumps({"status": answer.status, "body": answer.read().decode()}))
except urllib.error.HTTPError as error:
    print(json.dumps({"status": error.code, "body": error.read().decode()}))
except OSError as error:
    print(json.dumps({"status": 0, "body": str(error)}))`;

/** An answer of Elasticsearch; status 0 when there is none. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a client that never pauses was told, and what became of it. Times are in seconds since its start. */
export interface Report {
  readonly acknowledged: number;
  /** Acknowledged documents that are missing. */
  readonly lost: readonly string[];
  readonly failedWrites: readonly (readonly [at: number, error: string])[];
  /** Longest time between two acknowledgements. */
  readonly gapSeconds: number;
  readonly searches: number;
  readonly failedSearches: readonly (readonly [at: number, error: string])[];
  readonly slowestSearchSeconds: number;
  /** Each change of the health: `yellow, 2 nodes`. */
  readonly healths: readonly (readonly [at: number, health: string])[];
}

/** Elasticsearch of a deployed environment, which is asked from a web pod. */
export class SearchCluster {
  private readonly cluster: Cluster;
  private readonly namespace: string;
  private readonly where: readonly string[];

  constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.where = ['--namespace', namespace];
  }

  /** The answer to a request of a user; of one with whatever password, as `name:password`; of nobody, as ``. */
  async ask(
    user: User | '' | `${string}:${string}`,
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer> {
    const asked = user in passwordOf ? (await this.withPassword(user as User)).join(':') : user;
    const input = [asked, method, path, body === undefined ? '' : JSON.stringify(body)];
    return JSON.parse(await this.python('deployment/web', request, input)) as Answer;
  }

  /** Waits until that many nodes are in the cluster and every shard has its copies. */
  async green(nodes: number, seconds: number): Promise<void> {
    const path = `/_cluster/health?wait_for_status=green&wait_for_nodes=${nodes}&timeout=30s`;
    await eventually(`${nodes} nodes of Elasticsearch in ${this.namespace}, and green`, seconds, async () => {
      return (await this.ask('coped-monitor', 'GET', path)).status === 200;
    });
  }

  /** Pod of the node that is the master. */
  async master(): Promise<string> {
    return (await this.succeed('coped-monitor', 'GET', '/_cat/master?h=node')).trim();
  }

  /** The UUID that a cluster keeps for as long as it exists. */
  async uuid(): Promise<string> {
    return this.succeed('coped-monitor', 'GET', '/_cluster/state/version?filter_path=cluster_uuid');
  }

  /** Kills the server of a node, as the kernel does when memory runs out, and waits until its container starts again. */
  async kill(pod: string): Promise<void> {
    const kill =
      'for p in /proc/[0-9]*; do if grep -qz "bootstrap.Elasticsearch$" "$p/cmdline"; then kill -9 "$(basename "$p")"; fi; done';
    const count = 'jsonpath={.status.containerStatuses[0].restartCount}';
    const restarts = () => this.cluster.kubectl(['get', 'pod', pod, ...this.where, '--output', count]);
    const before = await restarts();
    const place = { namespace: this.namespace, of: pod, container: 'elasticsearch' };
    await attemptIn(this.cluster, place, ['bash', '-c', kill]);
    await eventually(`${pod} starts again`, 60, async () => (await restarts()) !== before);
  }

  async makeIndex(): Promise<void> {
    await this.ask('coped-indexer', 'DELETE', `/${testIndex}`);
    const settings = { number_of_shards: 1, auto_expand_replicas: '0-1' };
    await this.succeed('coped-indexer', 'PUT', `/${testIndex}?wait_for_active_shards=all`, { settings });
  }

  async removeIndex(): Promise<void> {
    await this.succeed('coped-indexer', 'DELETE', `/${testIndex}`);
  }

  /** Runs a client without pause for as long as something is done. */
  async underLoad(disturb: () => Promise<void>): Promise<Report> {
    const selector = ['--selector', 'app.kubernetes.io/name=web', '--field-selector', 'status.phase=Running'];
    const first = 'jsonpath={.items[0].metadata.name}';
    const pod = await this.cluster.kubectl(['get', 'pods', ...this.where, ...selector, '--output', first]);
    const orders = {
      index: testIndex,
      stop: stopFile,
      seconds: 900,
      app: await this.withPassword('coped'),
      monitor: await this.withPassword('coped-monitor'),
    };
    const stop = ['exec', ...this.where, pod, '--container', 'web', '--', 'touch', stopFile];
    const touch = () => this.cluster.kubectl(stop);
    const running = this.python(pod, client, orders);
    const [report] = await Promise.all([running, disturb().finally(touch)]);
    return JSON.parse(report) as Report;
  }

  private async python(of: string, program: string, input: object): Promise<string> {
    const inWeb = { namespace: this.namespace, of, container: 'web' };
    const command = ['python', '-c', program];
    const { exitCode, output } = await attemptIn(this.cluster, inWeb, command, JSON.stringify(input));
    if (exitCode !== 0)
      throw new Error(`a program in ${of} of ${this.namespace} ended with ${exitCode}:\n${output}`);
    return output;
  }

  private async withPassword(user: User): Promise<[User, string]> {
    const { secret, key } = credentials[passwordOf[user]];
    const value = ['--output', `jsonpath={.data.${key}}`];
    const encoded = await this.cluster.kubectl(['get', 'secret', secret, ...this.where, ...value]);
    return [user, Buffer.from(encoded, 'base64').toString()];
  }

  private async succeed(user: User, method: string, path: string, body?: object): Promise<string> {
    const answer = await this.ask(user, method, path, body);
    if (answer.status !== 200)
      throw new Error(`${user} ${method} ${path}: HTTP ${answer.status}: ${answer.body}`);
    return answer.body;
  }
}
