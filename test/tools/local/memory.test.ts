import { expect, test } from '@jest/globals';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { memoryOfApplication } from '../../../tools/local/memory.ts';
import { small } from '../../lib/applications.ts';
import { clusterWith } from '../../lib/doctor.ts';
import { application } from '../../second-application/application.ts';

const cluster = clusterWith({
  'get nodes': JSON.stringify({ items: [{ status: { allocatable: { memory: '8Gi' } } }] }),
});
const say = (environment: AnyEnvironment) => memoryOfApplication(cluster, environment);

test('what an application has beside its server is said, with what the cluster has', async () => {
  expect(await say({ ...dev, application })).toBe(
    'its pods may use 3.3 GiB of memory, 1.1 GiB of it for worker, scheduler, flower, redis, mail-catcher; the cluster has 8.0 GiB',
  );
});

test('nothing is said of an application that has nothing beside its server', async () => {
  expect(await say({ ...dev, application: small })).toBeUndefined();
});
