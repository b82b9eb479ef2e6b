import { describe, expect, test } from '@jest/globals';
import { refuseNewer } from '../../../tools/restore/present.ts';
import { boundClaim } from '../../lib/claim.ts';

describe('what would be replaced', () => {
  const claims = [boundClaim('data-postgres-0', 'old'), boundClaim('data-postgres-1', 'older')];
  const at = new Date('2026-11-23T11:00:00Z');
  const refuse =
    (lastCommit: Date | undefined, discardNewer = false) =>
    () =>
      refuseNewer({ hasStatefulSet: true, claims, lastCommit }, 'coped-production', at, discardNewer);

  test('is refused when it is newer than the restore point', () =>
    expect(refuse(new Date('2026-11-23T11:00:01Z'))).toThrow(
      'has transactions of 2026-11-23T11:00:01.000Z, newer than the restore point 2026-11-23T11:00:00.000Z\n--discard-newer',
    ));

  test('is refused when nobody can be asked', () =>
    expect(refuse(undefined)).toThrow(
      'data-postgres-0, data-postgres-1 in coped-production may hold newer data',
    ));

  test('is replaced when it is older, or when that is meant', () => {
    expect(refuse(new Date('2026-11-23T10:59:59Z'))).not.toThrow();
    expect(refuse(new Date('2026-11-23T11:00:01Z'), true)).not.toThrow();
  });

  test('is nothing in an empty namespace', () =>
    expect(() => refuseNewer({ hasStatefulSet: false, claims: [] }, 'n', at, false)).not.toThrow());
});
