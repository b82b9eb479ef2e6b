import { ExecaError } from 'execa';
import { until } from '../cluster/until.ts';
import { elasticsearchHealth } from '../elasticsearch/health.ts';
import type { Growth } from './plan.ts';
import { replaceVolume, type Work } from './volumes.ts';

/** New volumes for nodes of Elasticsearch: one after the other, each only while every shard has a copy elsewhere. */
export async function replaceNodes(work: Work, { small }: Growth): Promise<void> {
  const names = small.map(({ metadata }) => metadata.name.replace(/^data-/, ''));
  for (const node of names) {
    await waitUntilGreen(work);
    await replaceVolume(work, node);
    await waitUntilGreen(work);
  }
}

async function waitUntilGreen({ cluster, environment, timeoutSeconds }: Work): Promise<void> {
  const { nodes } = environment.elasticsearch;
  await until(
    timeoutSeconds,
    async () => {
      try {
        const { status, number_of_nodes: present } = await elasticsearchHealth(cluster, environment);
        return status === 'green' && present === nodes
          ? { done: true }
          : { waits: `it is ${status}, with ${present}` };
      } catch (error) {
        // Each node is starting or ending.
        if (!(error instanceof ExecaError)) throw error;
        return { waits: error.shortMessage };
      }
    },
    (waits) => `waited ${timeoutSeconds} s for ${nodes} nodes of elasticsearch, and green: ${waits}`,
  );
}
