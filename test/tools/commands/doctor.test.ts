import { expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { checksOf, examine, line, titleWidth } from '../../../tools/commands/doctor.ts';
import { small } from '../../lib/applications.ts';
import { bad, clusterWith, failed, found, healthyProduction, now, warning } from '../../lib/doctor.ts';

test('nothing is wrong with a healthy production', async () => {
  const shown: string[] = [];
  await examine(
    { cluster: clusterWith(), environment: healthyProduction, name: 'production', now },
    (title, finding) => shown.push(line(title, finding)),
  );
  expect(shown.map((each) => each.replaceAll(/-[0-9a-f]{10}\b/g, '-HASH'))).toEqual([
    '✔ certificates          Job certificates-HASH is complete; CronJob renew-certificates succeeded 60 s ago',
    '✔ postgres              StatefulSet postgres is ready',
    '✔ elasticsearch         StatefulSet elasticsearch is ready',
    '✔ postgres-backup       CronJob postgres-backup-full succeeded 60 s ago; CronJob postgres-backup-differential succeeded 60 s ago; CronJob postgres-backup-incremental succeeded 60 s ago; Job postgres-backup-HASH is complete',
    '✔ postgres-restore-test CronJob postgres-restore-test succeeded 60 s ago',
    '✔ postgres-restore      CronJob postgres-restore is run by commands only; last success: 60 s ago',
    '✔ web                   Deployment web is ready',
    '✔ nginx                 Deployment nginx is ready',
    '✔ Postgres members      postgres-1 is the primary, 2 replicas are streaming, 1 of them in sync',
    '✔ Postgres archive      last file 40 s ago, 0 wait',
    '✔ archived WAL          00000003000000000000000A is the newest in the object store',
    '✔ backups               the newest of 2, 20261206-014000F_20261210-094000I, is 2 h old',
    '✔ Elasticsearch         green, 3 of 3 nodes',
    '✔ search index          coped-projects-0123abcd-20261201120000 holds all 324 projects as Postgres has them',
    '✔ volumes               data-postgres-0 is 41 % full',
    '✔ TLS certificates      postgres-tls: 43 days left, elasticsearch-tls: 43 days left',
    '✔ not in dist/          nothing in the cluster is left over from an earlier version',
    '✔ Argo CD               no Application of this cluster: manifests are applied by hand',
  ]);
});

test('every check has a title that fits', () => {
  for (const environment of Object.values(environments)) {
    const checks = checksOf({ cluster: clusterWith(), environment, name: environment.kind, now });
    for (const { title } of checks) expect(title.length).toBeLessThanOrEqual(titleWidth);
  }
});

test('dev has no backups to look at, and no certificate of Elasticsearch', async () => {
  const dev = { ...environments.dev, application: small };
  const titles = checksOf({ cluster: clusterWith(), environment: dev, name: 'dev', now }).map(
    ({ title }) => title,
  );
  expect(titles.slice(titles.indexOf('Postgres members'))).toEqual([
    'Postgres members',
    'Elasticsearch',
    'search index',
    'volumes',
    'TLS certificates',
    'not in dist/',
  ]);
  expect((await found('TLS certificates', {}, dev)).detail).toBe('postgres-tls: 43 days left');
});

test('a part that does not answer is said, with what it said last', async () => {
  const answers = {
    'patronictl list': await failed(
      'error: unable to upgrade connection\ncommand terminated with exit code 1',
    ),
  };
  expect(await found('Postgres members', answers)).toEqual(
    bad('could not be asked: error: unable to upgrade connection', 'look again'),
  );
});

test('what a person may not see outside of the namespace may be well, and within it may not', async () => {
  const forbidden = (where: string) =>
    failed(
      `Warning: something\nError from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" ${where}`,
    );
  const at = async (where: string) => found('Elasticsearch', { curl: await forbidden(where) });
  for (const where of ['at the cluster scope', 'in the namespace "argocd"'])
    expect(await at(where)).toEqual(
      warning(`^could not be seen: User "jane" cannot list resource "pods" .*${where}$`, '--context'),
    );
  expect(await at('in the namespace "coped-production"')).toEqual(bad('could not be asked: ', 'look again'));
});

test('an answer that is not JSON is said', async () => {
  expect(await found('Elasticsearch', { curl: '<html>' })).toEqual(
    bad('something else than JSON: <html>', 'log'),
  );
});
