import { expect, test } from '@jest/globals';
import { production } from '../../../environments/production.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { provideSecrets } from '../../../tools/credentials/secrets.ts';

/** A cluster that holds these Secrets, and notes what is changed. */
function clusterWith(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const changes: string[] = [];
  const items = Object.entries(secrets).map(([name, values]) => ({
    metadata: { name },
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  }));
  const cluster: Cluster = {
    context: 'test',
    kubectl: async (arguments_) => {
      if (arguments_[0] === 'get') return JSON.stringify({ items });
      changes.push(arguments_.join(' '));
      return '';
    },
  };
  return { cluster, changes };
}

const present = { 'backup-encryption': { passphrase: 'old' }, 'postgres-app': { password: 'old' } };

test('the passphrase of backups is not replaced, nor anything with it, even when that is asked for', async () => {
  const { cluster, changes } = clusterWith(present);
  const provided = { BACKUP_PASSPHRASE: 'new', SQL_PASSWORD: 'new' };
  await expect(provideSecrets(cluster, production, provided, true)).rejects.toThrow(
    /another value of BACKUP_PASSPHRASE, which --replace does not replace: the backups that exist are encrypted with it; docs\/backups.md says how to begin a new bucket with a new one\nnothing was changed/,
  );
  expect(changes).toEqual([]);
});

test('a password is replaced when that is asked for, and only then', async () => {
  const { cluster, changes } = clusterWith(present);
  const provided = { BACKUP_PASSPHRASE: 'old', SQL_PASSWORD: 'new' };
  await expect(provideSecrets(cluster, production, provided, false)).rejects.toThrow(
    /another value of SQL_PASSWORD/,
  );
  expect(changes).toEqual([]);
  expect(await provideSecrets(cluster, production, provided, true)).toEqual([
    'unchanged Secret backup-encryption',
    'replaced Secret postgres-app',
  ]);
});

test('the namespace is made first, unless somebody else makes it', async () => {
  const provided = { BACKUP_PASSPHRASE: 'old' };
  const { cluster, changes } = clusterWith(present);
  await provideSecrets(cluster, production, provided, false);
  expect(changes).toEqual(['apply --filename -']);
  changes.length = 0;
  await provideSecrets(cluster, { ...production, cluster: { createsNamespace: false } }, provided, false);
  expect(changes).toEqual([]);
});
