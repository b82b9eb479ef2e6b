import { expect, test } from '@jest/globals';
import { type Claim, growthOf } from '../../../tools/grow/plan.ts';

function claim(name: string, storage: string): Claim {
  return { metadata: { name, uid: name }, spec: { resources: { requests: { storage } } } };
}

const three = ['20Gi', '20Gi', '30Gi'].map((size, index) => claim(`data-postgres-${index}`, size));

test('claims that ask for less are made larger by a StorageClass that can', () => {
  expect(growthOf('postgres', 30, three, true, 3)).toMatchObject({
    how: 'expand',
    to: '30Gi',
    small: [{ metadata: { name: 'data-postgres-0' } }, { metadata: { name: 'data-postgres-1' } }],
  });
});

test('where it cannot, members get new volumes one after the other', () => {
  expect(growthOf('postgres', 30, three, false, 3)).toMatchObject({ how: 'replace' });
});

test('a size is compared whatever its unit', () => {
  expect(growthOf('postgres', 2, [claim('data-postgres-0', '2048Mi')], true, 1)).toMatchObject({
    how: 'nothing',
  });
});

test('a volume never shrinks', () => {
  expect(() => growthOf('postgres', 20, three, true, 3)).toThrow(
    /data-postgres-2 asks for 30Gi, more than the 20Gi/,
  );
});

test('the only copy of the data is never deleted', () => {
  expect(() => growthOf('postgres', 30, [claim('data-postgres-0', '20Gi')], false, 1)).toThrow(
    /no other member to copy the data from/,
  );
});
