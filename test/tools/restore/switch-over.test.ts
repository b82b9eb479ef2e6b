import { expect, test } from '@jest/globals';
import type { Move } from '../../../tools/cluster/volumes.ts';
import { afterwards } from '../../../tools/restore/switch-over.ts';

const to = '2026-11-23T10:00:00Z';
const plan = { id: 'x', to, began: '2026-11-23T11:00:00Z', moves: [], point: to };
const kept: Move = {
  volume: 'pv-1',
  from: 'data-postgres-0',
  to: 'before-restore-x-postgres-0',
  spec: { accessModes: ['ReadWriteOnce'], resources: {} },
  labels: {},
  reclaimPolicy: 'Delete',
};
const stopped = '2026-11-23T11:05:00Z';

/** What is said after a restore of production. */
function said(moves: readonly Move[], hasStatefulSet = true): string[] {
  const where = { context: 'test', namespace: 'coped-production' };
  return afterwards(where, 'production', { ...plan, moves }, stopped, hasStatefulSet).split('\n');
}

test('the schema and then the index are to be made those of the version that is deployed', () => {
  const lines = said([]).join('\n');
  expect(lines).toMatch(
    /npm run migrate -- production --again --context test\n.*npm run reindex -- production --force --context test$/,
  );
});

test('the way back is to when the old volumes were written to last, and the volumes are named', () => {
  expect(said([kept]).slice(-2)).toEqual([
    expect.stringContaining(`npm run restore -- production --to ${stopped} --discard-newer --context test`),
    expect.stringContaining(
      'kubectl --context test delete persistentvolumeclaim --namespace coped-production before-restore-x-postgres-0',
    ),
  ]);
});

test('where Postgres is not deployed it is to be, and backed up', () => {
  expect(said([], false)[1]).toMatch(
    /deploy it now, .*npm run backup -- production --kind full --context test$/,
  );
});
