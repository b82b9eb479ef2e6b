import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { SearchCluster, testIndex } from '../../drills/elasticsearch-cluster.ts';
import { bringUp } from '../bring-up.ts';
import { exec, kubectl, local } from '../cluster.ts';

const { namespace, elasticsearch } = environments.production;
const cluster = new SearchCluster(local, namespace);

beforeAll(async () => {
  await bringUp('production');
  await cluster.green(elasticsearch.nodes, 300);
  await cluster.makeIndex();
});

afterAll(() => cluster.removeIndex());

const document = { number: 1 };
const anySetting = { transient: { 'cluster.routing.allocation.enable': 'all' } };

test.each([
  ['PUT', `/${testIndex}/_doc/1`, document, 201],
  ['GET', `/${testIndex}/_search`, undefined, 200],
  ['GET', `/${testIndex}/_mapping`, undefined, 200],
  ['DELETE', `/${testIndex}/_doc/1`, undefined, 200],
  ['DELETE', `/${testIndex}`, undefined, 403],
  ['PUT', '/coped-new', {}, 403],
  ['PUT', '/coped-new/_doc/1', document, 403],
  ['PUT', '/other/_doc/1', document, 403],
  ['GET', '/other/_search', undefined, 403],
  ['PUT', '/_cluster/settings', anySetting, 403],
  ['GET', '/_cluster/settings', undefined, 403],
  ['GET', '/_snapshot', undefined, 403],
  ['GET', '/_security/user', undefined, 403],
] as const)("the application's user: %s %s", async (method, path, body, status) => {
  expect((await cluster.ask('coped', method, path, body)).status).toBe(status);
});

test.each([
  ['coped-monitor', 'GET', '/_cluster/health', undefined, 200],
  ['coped-monitor', 'GET', `/${testIndex}/_search`, undefined, 403],
  ['coped-monitor', 'PUT', '/_cluster/settings', anySetting, 403],
  ['coped-snapshot', 'GET', '/_snapshot', undefined, 200],
  ['coped-snapshot', 'GET', `/${testIndex}/_search`, undefined, 403],
  ['coped-snapshot', 'DELETE', `/${testIndex}`, undefined, 403],
  ['coped-indexer', 'PUT', '/other', {}, 403],
  ['coped-indexer', 'PUT', '/_cluster/settings', anySetting, 403],
] as const)('the user %s: %s %s', async (user, method, path, body, status) => {
  expect((await cluster.ask(user, method, path, body)).status).toBe(status);
});

test.each(['', 'coped:wrong-password', 'elastic:changeme', 'nobody:nothing'] as const)(
  '401 for "%s"',
  async (user) => {
    expect((await cluster.ask(user, 'GET', '/_cluster/health')).status).toBe(401);
  },
);

test('nothing answers without TLS, or by an older TLS than 1.3', async () => {
  const plain = `import os, socket
s = socket.create_connection((os.environ["ELASTIC_HOSTNAME"], int(os.environ["ELASTIC_PORT"])), 5)
s.settimeout(5)
s.sendall(b"GET / HTTP/1.1\\r\\nHost: elasticsearch\\r\\n\\r\\n")
try:
    print(s.recv(100))
except OSError as error:
    print(type(error).__name__)`;
  const older = `import os, socket, ssl
context = ssl.create_default_context(cafile=os.environ["ELASTIC_CA_FILE"])
context.maximum_version = ssl.TLSVersion.TLSv1_2
host = os.environ["ELASTIC_HOSTNAME"]
try:
    context.wrap_socket(socket.create_connection((host, int(os.environ["ELASTIC_PORT"])), 5), server_hostname=host)
    print("connected")
except ssl.SSLError as error:
    print(error.reason)`;
  const python = async (program: string) =>
    (await exec({ namespace, of: 'deployment/web', container: 'web' }, 'python', '-c', program)).output;
  expect(await python(plain)).toMatch(/^(b''|ConnectionResetError)$/);
  expect(await python(older)).toMatch(/ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE)/);
});

test('the master is killed: nothing acknowledged is lost, and searches go on', async () => {
  const report = await cluster.underLoad(async () => {
    await delay(3_000);
    await cluster.kill(await cluster.master());
    await cluster.green(elasticsearch.nodes, 240);
  });
  expect(report).toMatchObject({ lost: [], failedSearches: [] });
  expect(report.acknowledged).toBeGreaterThan(0);
});

test('a rolling restart is never red, loses nothing, and searches go on', async () => {
  const report = await cluster.underLoad(async () => {
    await kubectl('rollout', 'restart', 'statefulset/elasticsearch', '--namespace', namespace);
    const options = ['--namespace', namespace, '--timeout', '540s'];
    await kubectl('rollout', 'status', 'statefulset/elasticsearch', ...options);
    await cluster.green(elasticsearch.nodes, 120);
  });
  expect(report).toMatchObject({ lost: [], failedSearches: [] });
  expect(report.healths.filter(([, health]) => !/^(green|yellow), [23] nodes$/.test(health))).toEqual([]);
});

test('a node that lost its volume joins the cluster that is there', async () => {
  const before = await cluster.uuid();
  const where = ['--namespace', namespace];
  await kubectl('delete', 'pvc', 'data-elasticsearch-0', ...where, '--wait=false');
  await kubectl('delete', 'pod', 'elasticsearch-0', ...where);
  await kubectl('rollout', 'status', 'statefulset/elasticsearch', ...where, '--timeout', '300s');
  await cluster.green(elasticsearch.nodes, 120);
  expect(await cluster.uuid()).toBe(before);
});
