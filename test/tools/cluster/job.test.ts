import { afterEach, expect, jest, test } from '@jest/globals';
import { providedCredentials } from '../../../environments/credentials.ts';
import { production } from '../../../environments/production.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { asDeployed, runJob } from '../../../tools/cluster/job.ts';
import { application as secondApplication } from '../../second-application/application.ts';

const job = { kind: 'Job', metadata: { name: 'migrate-x' }, spec: {}, status: {} };
const complete = { ...job, status: { conditions: [{ type: 'Complete', status: 'True' }] } };
const waiting = {
  kind: 'Pod',
  metadata: {
    name: 'migrate-x-a',
    ownerReferences: [{ name: 'migrate-x' }],
    creationTimestamp: '2026-11-26T04:22:31Z',
  },
  status: {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available: 1 Insufficient cpu.' },
    ],
  },
};

afterEach(() => {
  jest.restoreAllMocks();
});

test('a Job that waits for cpu says so, once, and what to do', async () => {
  const log = jest.spyOn(console, 'log').mockReturnValue();
  let looks = 0;
  const cluster: Cluster = {
    context: 'test',
    kubectl: async ([verb, what]) => {
      if (verb !== 'get') return '';
      const isDone = looks >= 2;
      if (what === 'pods') return JSON.stringify({ items: [waiting] });
      if (what === 'job/migrate-x') return looks === 0 ? '' : JSON.stringify(isDone ? complete : job);
      looks += 1;
      return JSON.stringify({ items: isDone ? [complete] : [job, waiting] });
    },
  };
  await runJob(cluster, 'coped-production', { name: 'migrate-x', manifest: {} }, 60);
  expect(looks).toBe(3);
  expect(log.mock.calls).toEqual([
    [
      'Job/migrate-x: migrate-x-a has no node: 0/1 nodes are available: 1 Insufficient cpu. free some cpu: ' +
        'stop another environment (on a local cluster: npm run down -- ENV --context test), or add to the nodes',
    ],
  ]);
});

test('a trial on a local cluster needs no login of a relay, and no user of the cluster elsewhere', () => {
  const environment = { ...production, application: secondApplication, cluster: { userId: 1000650000 } };
  const login = ['EMAIL_HOST_USER', 'EMAIL_HOST_PASSWORD'];
  const published = asDeployed(environment, 'ghcr.io/coped/web:1@sha256:0');
  expect(providedCredentials(published)).toEqual(expect.arrayContaining(login));
  expect([published.cluster, published.address.kind]).toEqual([environment.cluster, 'ingress']);
  const trial = asDeployed(environment, 'coped-web:0123abcd');
  expect(providedCredentials(trial).filter((each) => login.includes(each))).toEqual([]);
  expect([trial.cluster, trial.images.web]).toEqual([undefined, 'coped-web:0123abcd']);
});
