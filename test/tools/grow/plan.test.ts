import { describe, expect, test } from '@jest/globals';
import type { PersistentVolumeClaim } from '../../../tools/cluster/objects.ts';
import { growthOf, statement } from '../../../tools/grow/plan.ts';
import { claimOfSize } from '../../lib/claim.ts';

const three = ['20Gi', '20Gi', '30Gi'].map((size, index) => claimOfSize(`data-postgres-${index}`, size));

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
  expect(growthOf('postgres', 2, [claimOfSize('data-postgres-0', '2048Mi')], true, 1)).toMatchObject({
    how: 'nothing',
  });
});

describe('a claim that asks for the size already', () => {
  const asking = (capacity?: string): PersistentVolumeClaim => ({
    ...claimOfSize('data-postgres-0', '30Gi'),
    ...(capacity && { status: { capacity: { storage: capacity } } }),
  });

  test('is small as long as its volume has not got it, where the StorageClass can expand', () => {
    const growth = growthOf('postgres', 30, [asking('20Gi')], true, 1);
    expect(growth).toMatchObject({ how: 'expand', small: [{ metadata: { name: 'data-postgres-0' } }] });
    expect(statement('coped-production', growth)).toContain('makes data-postgres-0 (20Gi) larger, to 30Gi');
  });

  test.each([
    ['has a volume of it', '30Gi', true],
    ['has a larger volume, as some drivers round up', '31Gi', true],
    ['has no volume yet', undefined, true],
    ['has a volume that nothing can expand', '20Gi', false],
  ])('is left alone when it %s', (_, capacity, canExpand) => {
    expect(growthOf('postgres', 30, [asking(capacity)], canExpand, 3)).toMatchObject({ how: 'nothing' });
  });
});

test('a volume never shrinks', () => {
  expect(() => growthOf('postgres', 20, three, true, 3)).toThrow(
    /data-postgres-2 asks for 30Gi, more than the 20Gi/,
  );
});

test('the only copy of the data is never deleted', () => {
  expect(() => growthOf('postgres', 30, [claimOfSize('data-postgres-0', '20Gi')], false, 1)).toThrow(
    /no other member to copy the data from/,
  );
});
