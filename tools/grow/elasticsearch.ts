import { ExecaError } from 'execa';
import { elasticsearch } from '../../charts/workloads/elasticsearch.ts';
import { execIn } from '../cluster/cluster.ts';
import type { Growth } from './plan.ts';
import { replaceVolume, until, type Work } from './volumes.ts';

/** New volumes for nodes of Elasticsearch: one after the other, each only while every shard has a copy elsewhere. */
export async function replaceNodes(work: Work, { small }: Growth): Promise<void> {
  const names = small.map(({ metadata }) => metadata.name.replace(/^data-/, ''));
  for (const node of names) {
    await waitUntilGreen(work);
    await replaceVolume(work, node);
    await waitUntilGreen(work);
  }
}

/** Asks the node of ordinal 0, or the next one while that is away. */
async function waitUntilGreen({ cluster, environment, timeoutSeconds }: Work): Promise<void> {
  const { namespace } = environment;
  const { nodes } = environment.elasticsearch;
  const url = `https://localhost:${elasticsearch.ports.http}/_cluster/health`;
  const curl = ['curl', '--silent', '--show-error', '--max-time', '20', '--config', 'config/monitor.curl'];
  const command = [...curl, '--cacert', 'config/tls/ca.crt', url];
  const health = (index: number) =>
    execIn(cluster, { namespace, of: `elasticsearch-${index}`, container: 'elasticsearch' }, command);
  await until(`${nodes} nodes of elasticsearch, and green`, timeoutSeconds, async () => {
    let answer = '';
    for (let index = 0; index < nodes; index += 1) {
      try {
        answer = await health(index);
        if (answer.includes('"status":"green"') && answer.includes(`"number_of_nodes":${nodes},`))
          return true;
      } catch (error) {
        // A node that starts or is on its way out; the next one may know.
        if (!(error instanceof ExecaError)) throw error;
        answer = error.shortMessage;
      }
    }
    return answer;
  });
}
