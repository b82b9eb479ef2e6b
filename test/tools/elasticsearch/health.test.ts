import { expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { elasticsearchHealth, indicesWithoutRoom } from '../../../tools/elasticsearch/health.ts';
import { failed } from '../../lib/doctor.ts';

/** A cluster whose nodes answer one after the other, and what was asked of them. */
function clusterWith(...answers: (string | Error)[]) {
  const asked: { readonly command: string; readonly input: unknown }[] = [];
  const cluster: Cluster = {
    context: 'test',
    kubectl: async (arguments_, options) => {
      if (arguments_[0] === 'get') return JSON.stringify({ data: { password: btoa('hunter2') } });
      asked.push({ command: arguments_.join(' '), input: options?.input });
      const answer = answers.shift() ?? '';
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { cluster, asked };
}

const green = JSON.stringify({ status: 'green', number_of_nodes: 3 });

test('a node is asked over TLS where there is TLS, and the password is in no list of processes', async () => {
  const { cluster, asked } = clusterWith(green);
  expect(await elasticsearchHealth(cluster, environments.production)).toEqual(JSON.parse(green));
  expect(asked).toEqual([
    {
      command: expect.stringMatching(
        /elasticsearch-0 .*--cacert config\/tls\/ca.crt --config - https:\/\/localhost:9200\/_cluster\/health$/,
      ),
      input: 'user = "coped-monitor:hunter2"',
    },
  ]);
  const plain = clusterWith(green);
  await elasticsearchHealth(plain.cluster, environments.dev);
  expect(plain.asked[0]?.command).toMatch(/--config - http:\/\//);
});

test('another node is asked where one does not answer', async () => {
  const { cluster, asked } = clusterWith(await failed('connection refused'), green);
  expect((await elasticsearchHealth(cluster, environments.production)).status).toBe('green');
  expect(asked[1]?.command).toContain('elasticsearch-1');
});

test('an answer that is no health is refused, with what came', async () => {
  const { cluster } = clusterWith('{"error":{"type":"master_not_discovered_exception"}}');
  await expect(elasticsearchHealth(cluster, environments.production)).rejects.toThrow(
    'the answer of _cluster/health of elasticsearch-0.status is absent, expected green, yellow, red',
  );
});

test('indices without room are those that are blocked for it, but for hidden ones', async () => {
  const blocked = (...numbers: string[]) =>
    Object.fromEntries(numbers.map((number) => [number, { description: 'disk usage exceeded …' }]));
  const indices = { 'coped-a': blocked('12'), 'coped-b': blocked('8'), '.security-7': blocked('12') };
  const { cluster, asked } = clusterWith(JSON.stringify({ blocks: { indices } }), '{"blocks":{}}');
  expect(await indicesWithoutRoom(cluster, environments.production)).toEqual(['coped-a']);
  expect(asked[0]?.command).toMatch(/https:\/\/localhost:9200\/_cluster\/state\/blocks$/);
  expect(await indicesWithoutRoom(cluster, environments.production)).toEqual([]);
});
