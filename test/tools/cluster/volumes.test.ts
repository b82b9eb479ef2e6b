import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import type { PersistentVolumeClaim } from '../../../tools/cluster/objects.ts';
import { type Move, moveVolume } from '../../../tools/cluster/volumes.ts';
import { boundClaim } from '../../lib/claim.ts';

describe('moving a volume to another claim', () => {
  const { spec } = boundClaim('data-postgres-0', 'pv');
  const move: Move = {
    volume: 'pv',
    from: 'data-postgres-0',
    to: 'kept',
    spec,
    labels: {},
    reclaimPolicy: 'Delete',
  };

  /** A cluster with these claims, in which deletions and creations take effect at once. */
  function cluster(...present: PersistentVolumeClaim[]): Cluster & { readonly changes: string[] } {
    const claims = new Map(present.map((each) => [each.metadata.name, each]));
    const changes: string[] = [];
    return {
      context: 'test',
      changes,
      kubectl: async (arguments_, options) => {
        const [verb, what, name] = arguments_;
        if (verb === 'get') {
          const found = claims.get(`${what}`.replace('persistentvolumeclaim/', ''));
          return found ? JSON.stringify(found) : '';
        }
        if (verb === 'delete') claims.delete(`${name}`);
        if (verb === 'create') {
          const made: PersistentVolumeClaim = JSON.parse(`${options?.input}`);
          claims.set(made.metadata.name, { ...made, status: { phase: 'Bound' } });
          changes.push(`create ${made.metadata.name} of ${made.spec.volumeName}`);
        } else changes.push(`${verb} ${name}`);
        return '';
      },
    };
  }

  const run = async (target: ReturnType<typeof cluster>) => {
    await moveVolume(target, 'coped-production', move, 1);
    return target.changes;
  };

  test('frees it from the old claim, then makes the new one', async () =>
    expect(await run(cluster(boundClaim('data-postgres-0', 'pv')))).toEqual([
      'delete data-postgres-0',
      'patch pv',
      'create kept of pv',
    ]));

  test('goes on where it was cut off: after the old claim was deleted', async () =>
    expect(await run(cluster())).toEqual(['patch pv', 'create kept of pv']));

  test('does nothing when it is done, though another volume has the old name by now', async () =>
    expect(await run(cluster(boundClaim('kept', 'pv'), boundClaim('data-postgres-0', 'restored')))).toEqual(
      [],
    ));

  test('touches nothing when the new name belongs to another volume', async () => {
    const target = cluster(boundClaim('kept', 'stranger'));
    await expect(run(target)).rejects.toThrow('has the volume stranger, not pv');
    expect(target.changes).toEqual([]);
  });
});
