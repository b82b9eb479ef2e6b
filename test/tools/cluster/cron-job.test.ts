import { expect, test } from '@jest/globals';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { type OnceOptions, runOnce } from '../../../tools/cluster/cron-job.ts';

/** The Job that would be made. */
async function made(options: Partial<OnceOptions>) {
  let job = '';
  const stop = new Error('the Job is made');
  const cluster: Cluster = {
    context: 'test',
    kubectl: async ([command], { input } = {}) => {
      if (command === 'apply') {
        job = `${input}`;
        throw stop;
      }
      const spec = { activeDeadlineSeconds: 21600, template: { spec: {} } };
      return JSON.stringify({ metadata: { ownerReferences: [{ kind: 'CronJob' }] }, spec });
    },
  };
  const once = { suffix: 'x', timeoutSeconds: 86400, ...options };
  await expect(runOnce(cluster, 'n', 'postgres-restore', once)).rejects.toBe(stop);
  return JSON.parse(job);
}

test('a Job may take as long as its command waits, whatever the CronJob allows', async () => {
  expect((await made({})).spec.activeDeadlineSeconds).toBe(86400);
});

test('a Job goes after a day, or with the CronJob, unless it is kept', async () => {
  const { metadata, spec } = await made({});
  expect([metadata.ownerReferences, spec.ttlSecondsAfterFinished]).toEqual([[{ kind: 'CronJob' }], 86400]);
  const kept = await made({ isKept: true });
  expect([kept.metadata.ownerReferences, kept.spec.ttlSecondsAfterFinished]).toEqual([[], undefined]);
});
