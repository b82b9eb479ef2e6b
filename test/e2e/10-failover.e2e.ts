import { beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { hold } from '../drills/drill.ts';
import { shortDrills } from '../drills/postgres.ts';
import { deployed, type Target } from '../drills/target.ts';
import { bringUp } from './bring-up.ts';
import { local } from './cluster.ts';

let target: Target;

beforeAll(async () => {
  await bringUp('production');
  target = await deployed(local, environments.production);
});

// The real failover, where a member waits until the lock has expired; nightly/12-drills has the others.
test.each(shortDrills.filter(({ name }) => name === 'loss'))(
  '$title: nothing is lost, and for at most $maxGapSeconds s nothing is written',
  async (drill) => {
    expect((await hold(target, drill)).faults).toEqual([]);
  },
);
