import { beforeEach, expect, jest, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { replaceMembers } from '../../../tools/grow/postgres.ts';
import { claimOfSize } from '../../lib/claim.ts';

const members = ['postgres-0', 'postgres-1', 'postgres-2'];

/**
 * Postgres whose members are in sync at once.
 *
 * @param primaries the primary at each question; the last one stays
 */
function cluster(primaries: readonly string[]): Cluster & { readonly changes: string[] } {
  const left = [...primaries];
  const changes: string[] = [];
  const uids = new Map<string, number>();
  const list = () => {
    const primary = left.length > 1 ? left.shift() : left[0];
    return members.map((name) =>
      name === primary
        ? { Member: name, Role: 'Leader', State: 'running' }
        : { Member: name, Role: 'Sync Standby', State: 'streaming' },
    );
  };
  return {
    context: 'test',
    changes,
    kubectl: async (arguments_) => {
      const [verb, object = ''] = arguments_;
      if (verb === 'get')
        return JSON.stringify({ metadata: { name: object, uid: `${uids.get(object) ?? 0}` } });
      if (verb === 'delete') {
        // Its StatefulSet makes it anew.
        uids.set(object, (uids.get(object) ?? 0) + 1);
        changes.push(`delete ${object.replace('persistentvolumeclaim/', '')}`);
      } else if (arguments_.includes('list')) return JSON.stringify(list());
      else if (arguments_.includes('switchover')) changes.push(`switch over from ${arguments_[3]}`);
      else throw new Error(`unexpected: kubectl ${arguments_.join(' ')}`);
      return '';
    },
  };
}

async function replace(target: Cluster, small: readonly string[] = members): Promise<void> {
  const work = { cluster: target, environment: environments.production, timeoutSeconds: 1 };
  await replaceMembers(work, {
    workload: 'postgres',
    to: '30Gi',
    how: 'replace',
    small: small.map((member) => claimOfSize(`data-${member}`, '20Gi')),
  });
}

beforeEach(() => {
  jest.spyOn(console, 'log').mockReturnValue();
});

const gone = (member: string) => [`delete data-${member}`, `delete pod/${member}`];

test('replicas get new volumes first, the primary when another member has taken over', async () => {
  const target = cluster(['postgres-0', 'postgres-0', 'postgres-0', 'postgres-1']);
  await replace(target);
  expect(target.changes).toEqual([
    ...gone('postgres-1'),
    ...gone('postgres-2'),
    'switch over from postgres-0',
    ...gone('postgres-0'),
  ]);
});

test('a replica that becomes the primary meanwhile hands over before its volume goes', async () => {
  const target = cluster(['postgres-0', 'postgres-2', 'postgres-2', 'postgres-0']);
  await replace(target);
  expect(target.changes).toEqual([
    ...gone('postgres-1'),
    ...gone('postgres-0'),
    'switch over from postgres-2',
    ...gone('postgres-2'),
  ]);
});

test('a primary that stays keeps its volume', async () => {
  const target = cluster(['postgres-0']);
  await expect(replace(target, ['postgres-0'])).rejects.toThrow(
    /postgres-0 is the primary although it handed over.*run this again/,
  );
  expect(target.changes).toEqual(['switch over from postgres-0']);
});

test('nothing is done to members whose volumes are large enough', async () => {
  const target = cluster(['postgres-0']);
  await replace(target, ['postgres-2']);
  expect(target.changes).toEqual(gone('postgres-2'));
});
