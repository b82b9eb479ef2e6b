import { beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { hold } from '../../drills/drill.ts';
import { shortDrills } from '../../drills/postgres.ts';
import { deployed, type Target } from '../../drills/target.ts';
import { bringUp } from '../bring-up.ts';
import { local } from '../cluster.ts';

let target: Target;

beforeAll(async () => {
  await bringUp('production');
  target = await deployed(local, environments.production);
});

// The long form, with several runs of each: npm run drill. One of them is in 10-failover.
test.each(shortDrills.filter(({ name }) => name !== 'loss'))(
  '$title: nothing is lost, and for at most $maxGapSeconds s nothing is written',
  async (drill) => {
    expect((await hold(target, drill)).faults).toEqual([]);
  },
);
