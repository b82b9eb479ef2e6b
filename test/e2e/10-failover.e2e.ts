import { beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { hold } from '../drills/drill.ts';
import { shortDrills } from '../drills/postgres.ts';
import { deployed, type Target } from '../drills/target.ts';

let target: Target;

beforeAll(async () => {
  target = await deployed(environments.production);
});

// The long form, with more disturbances and several runs of each: npm run drill.
test.each(shortDrills)(
  '$title: nothing is lost, and for at most $maxGapSeconds s nothing is written',
  async (drill) => {
    const { faults } = await hold(target, drill);
    expect(faults).toEqual([]);
  },
);
