import { beforeAll, expect, test } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import { hold } from '../drills/drill.ts';
import { shortDrills } from '../drills/postgres.ts';
import { allMembers, deployed, healthy, runInMember, type Target } from '../drills/target.ts';
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

test('a replica may read the files of the primary, as pg_rewind does after a failover', async () => {
  const { pod } = await healthy(target);
  const replica = (await allMembers(target)).find((member) => member.pod !== pod)?.pod ?? '';
  const tls = ['ca.crt', 'tls.crt', 'tls.key'].map((file) => `/run/secrets/tls/${file}`);
  const connection = `host=postgres dbname=postgres user=replicator sslmode=verify-full sslrootcert=${tls[0]} sslcert=${tls[1]} sslkey=${tls[2]}`;
  const query = `SELECT convert_from(pg_read_binary_file('PG_VERSION'), 'UTF8')`;
  const ask = `PGPASSWORD=$(cat /run/secrets/passwords/replicator) psql --tuples-only --no-align "$0" --command="$1"`;
  expect((await runInMember(target, replica, 'bash', '-c', ask, connection, query)).trim()).toBe('17');
});
