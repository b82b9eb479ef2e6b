import { beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../../environments/all.ts';
import { SearchCluster } from '../../../drills/elasticsearch-cluster.ts';
import { eventually } from '../../../lib/kubectl.ts';
import { exec, kubectl, local, npm, page } from '../../cluster.ts';
import { bringUpWithProjects, resultCount } from '../projects.ts';

const { namespace, elasticsearch, localAddress } = environments.production;
const cluster = new SearchCluster(local, namespace);

beforeAll(async () => {
  await bringUpWithProjects('production');
  await cluster.green(elasticsearch.nodes, 300);
});

test('an index of which every copy is lost is made anew by command, and the cluster is green again', async () => {
  const pods = Array.from({ length: elasticsearch.nodes }, (_, ordinal) => `elasticsearch-${ordinal}`);
  const where = ['--namespace', namespace];
  const settings = await cluster.ask('coped', 'GET', '/coped-projects/_settings?filter_path=*.*.*.uuid');
  const [, uuid] = /"uuid":"([\w-]+)"/.exec(settings.body) ?? [];
  expect([settings.status, uuid]).toEqual([200, expect.anything()]);
  for (const pod of pods) {
    const lose = ['rm', '-rf', `data/indices/${uuid}`];
    const { exitCode, output } = await exec({ namespace, of: pod, container: 'elasticsearch' }, ...lose);
    expect([exitCode, output]).toEqual([0, '']);
  }
  // All at once: what a server has open, it has still.
  await kubectl('delete', 'pods', ...pods, ...where, '--force', '--grace-period=0');
  await eventually('red, with every node there', 300, async () => {
    const { status, body } = await cluster.ask('coped-monitor', 'GET', '/_cluster/health');
    if (status !== 200) return false;
    const health = JSON.parse(body);
    return health.status === 'red' && health.number_of_nodes === elasticsearch.nodes;
  });

  const { exitCode, output } = await npm('reindex', '--', 'production', '--force');
  expect([exitCode, output]).toEqual([
    0,
    expect.stringContaining('some of its documents have no copy any more'),
  ]);
  await cluster.green(elasticsearch.nodes, 120);
  const { body } = await page(`http://localhost:${localAddress.port}/?q=solar`);
  expect(resultCount(body)).toBeGreaterThan(0);
});
