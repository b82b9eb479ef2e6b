import { expect, test } from '@jest/globals';
import { ExecaError, execa } from 'execa';
import { environments } from '../../environments/all.ts';
import type { Cluster } from '../../tools/cluster.ts';
import { checks, examine, type Finding, line } from '../../tools/doctor.ts';

const { production } = environments;
const now = new Date('2026-12-10T12:00:00Z');

/** Of a test, and valid until 2027-01-22. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBejCCASGgAwIBAgIUJP4u8VOky7rnmClhV7BDus2GVckwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIcG9zdGdyZXMwHhcNMjYxMTIzMTU0ODM1WhcNMjcwMTIyMTU0
ODM1WjATMREwDwYDVQQDDAhwb3N0Z3JlczBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABHHT+t+xPYpYzGNiPszfvWu6e3j4EnsD3d0o7RaEpzK1WhkQ22hyz+sUHoSY
AETXR/4TfomOw6wdgNedeSr7/jSjUzBRMB0GA1UdDgQWBBT3D3vwr0PgY+eawzrV
xgspbB7SIjAfBgNVHSMEGDAWgBT3D3vwr0PgY+eawzrVxgspbB7SIjAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIGBOoKuYlQz22meSoQ7S0RR7uIVs
6dG6LQvD9v1ZHb7vAiALBGEkKjfBE6ax45AmUNT0EvWVqMMnl2WKtZ1im4Zg7w==
-----END CERTIFICATE-----
`;

/** What a healthy production answers: the arguments of kubectl that a question ends with, and the answer. */
const healthy: Readonly<Record<string, string>> = {
  'get deployments,statefulsets,jobs,replicasets,pods': JSON.stringify({
    items: [
      ...['nginx', 'web'].map((name) => controller('Deployment', name, 2)),
      ...['postgres', 'elasticsearch'].map((name) => controller('StatefulSet', name, 3)),
    ],
  }),
  'patronictl list': JSON.stringify([
    member('postgres-0', 'Sync Standby', 'streaming', 0),
    member('postgres-1', 'Leader', 'running'),
    member('postgres-2', 'Replica', 'streaming', 1),
  ]),
  psql: JSON.stringify({
    failing: false,
    last: '2026-12-10T11:59:20Z',
    seconds: 40,
    failed: null,
    waiting: 0,
  }),
  'get cronjob postgres-backup-full': JSON.stringify({}),
  'get cronjob postgres-rehearsal': JSON.stringify({
    status: { lastSuccessfulTime: '2026-12-10T03:45:00Z' },
  }),
  'get pods': JSON.stringify({
    items: [
      {
        metadata: { name: 'postgres-0' },
        status: { containerStatuses: [{ name: 'postgres', state: { running: {} } }] },
      },
    ],
  }),
  'describe-backups': JSON.stringify({
    backups: [
      { label: '20261206-014000F', timestamp: { stop: Date.parse('2026-12-06T01:50:00Z') / 1000 } },
      {
        label: '20261206-014000F_20261210-094000I',
        timestamp: { stop: Date.parse('2026-12-10T09:45:00Z') / 1000 },
      },
    ],
    newest: null,
  }),
  'get secret/elasticsearch-monitor': JSON.stringify({ data: { password: btoa('hunter2') } }),
  curl: JSON.stringify({ status: 'green', number_of_nodes: 3 }),
  check_index: JSON.stringify(index({})),
  df: 'Use%\n 41%\n',
  'get secret/': JSON.stringify({ data: { 'tls.crt': btoa(certificate) } }),
};

function controller(kind: string, name: string, replicas: number): object {
  return {
    kind,
    metadata: { name, generation: 1 },
    spec: { replicas },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas },
  };
}

function member(name: string, role: string, state: string, lag?: number): object {
  return { Cluster: 'postgres', Member: name, Role: role, State: state, TL: 3, 'Lag in MB': lag };
}

function index(difference: object): object {
  const none = { count: 0, examples: [] };
  return {
    index: 'coped-projects-0123abcd-20261201120000',
    current: true,
    unfinished: [],
    projects: 324,
    missing: none,
    extra: none,
    stale: none,
    ahead: none,
    equal: true,
    ...difference,
  };
}

/** A cluster that answers as a healthy one does, but for these questions; an Error is what kubectl fails with. */
function clusterWith(answers: Readonly<Record<string, string | Error>> = {}): Cluster {
  const all = { ...answers, ...Object.fromEntries(Object.entries(healthy).filter(([q]) => !(q in answers))) };
  return {
    context: 'test',
    kubectl: async (arguments_) => {
      const question = arguments_.join(' ');
      const found = Object.entries(all).find(([part]) => question.includes(part));
      if (found === undefined) throw new Error(`not recorded: ${question}`);
      if (found[1] instanceof Error) throw found[1];
      return found[1];
    },
  };
}

async function found(
  title: string,
  answers: Readonly<Record<string, string | Error>> = {},
  environment = production as (typeof environments)[keyof typeof environments],
): Promise<Finding> {
  const findings = new Map<string, Finding>();
  const name = environment.kind;
  await examine({ cluster: clusterWith(answers), environment, name, now }, (t, f) => findings.set(t, f));
  const finding = findings.get(title);
  if (!finding) throw new Error(`no check ${title}; there are: ${[...findings.keys()].join(', ')}`);
  return finding;
}

/** What kubectl exec fails with, when the command in the container does. */
async function failed(stderr: string, stdout = ''): Promise<Error> {
  const script = `process.stdout.write(${JSON.stringify(stdout)}); process.stderr.write(${JSON.stringify(stderr)}); process.exit(1)`;
  const result = await execa(process.execPath, ['--eval', script], { reject: false });
  if (!(result instanceof ExecaError)) throw new Error('it did not fail');
  return result;
}

test('nothing is wrong with a healthy production', async () => {
  const shown: string[] = [];
  await examine(
    { cluster: clusterWith(), environment: production, name: 'production', now },
    (title, finding) => shown.push(line(title, finding)),
  );
  expect(shown).toEqual([
    '✔ workloads          Deployment/nginx, Deployment/web, StatefulSet/postgres, StatefulSet/elasticsearch are ready',
    '✔ Postgres members   postgres-1 leads, 2 replicas are streaming, 1 of them synchronous',
    '✔ Postgres archive   last file 40 s ago, 0 wait',
    '✔ backups            the newest of 2, 20261206-014000F_20261210-094000I, is 2 h old',
    '✔ restore rehearsal  the last success is 8 h old',
    '✔ Elasticsearch      green, 3 of 3 nodes',
    '✔ search index       coped-projects-0123abcd-20261201120000 holds all 324 projects as Postgres has them',
    '✔ volumes            data-postgres-0 is 41 % full',
    '✔ certificates       postgres-tls: 43 days left, elasticsearch-tls: 43 days left',
  ]);
});

test('every check has a title that fits', () => {
  for (const { title } of checks) expect(title.length).toBeLessThan(19);
});

test('dev has no backups to look at, and no certificate of Elasticsearch', async () => {
  const { dev } = environments;
  const one = JSON.stringify([member('postgres-0', 'Leader', 'running')]);
  const answers = { 'patronictl list': one, 'get cronjob': new Error('asked for backups') };
  expect((await found('Postgres members', answers, dev)).detail).toBe('postgres-0 is running');
  expect((await found('certificates', answers, dev)).detail).toBe('postgres-tls: 43 days left');
});

const bad = (detail: string | RegExp, remedy: string | RegExp) => ({
  level: 'bad',
  detail: expect.stringMatching(detail),
  remedy: expect.stringMatching(remedy),
});
const warning = (detail: string | RegExp, remedy: string | RegExp) => ({
  ...bad(detail, remedy),
  level: 'warning',
});

test.each([
  {
    trouble: 'two leaders',
    members: [member('postgres-0', 'Leader', 'running'), member('postgres-1', 'Leader', 'running')],
    expected: bad('2 members lead, expected 1', 'patronictl list'),
  },
  {
    trouble: 'no leader',
    members: [member('postgres-0', 'Replica', 'streaming', 0)],
    expected: bad('0 members lead, expected 1', 'patronictl list'),
  },
  {
    trouble: 'a member that is away, one that does not stream, one that is behind',
    members: [member('postgres-1', 'Leader', 'running'), member('postgres-0', 'Replica', 'starting', 700)],
    expected: bad(
      '2 of 3 members are there; postgres-0 is starting; postgres-0 is 700 MB behind',
      'patronictl list',
    ),
  },
  {
    trouble: 'a setting that waits for a restart',
    members: [
      { ...member('postgres-1', 'Leader', 'running'), 'Pending restart': '*' },
      member('postgres-0', 'Sync Standby', 'streaming', 0),
      member('postgres-2', 'Sync Standby', 'streaming', 0),
    ],
    expected: warning('postgres-1 must restart before a changed setting holds', 'rollout restart'),
  },
])('Postgres: $trouble', async ({ members, expected }) => {
  expect(await found('Postgres members', { 'patronictl list': JSON.stringify(members) })).toEqual(expected);
});

test('Postgres: another member is asked when the first does not answer', async () => {
  const answers = { 'exec --namespace coped-production postgres-0': await failed('no such container') };
  expect((await found('Postgres members', answers)).level).toBe('good');
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

test('an answer that is not JSON is said', async () => {
  expect(await found('Elasticsearch', { curl: '<html>' })).toEqual(
    bad('something else than JSON: <html>', 'log'),
  );
});

test('an archive that fails is said with the file, and how many wait', async () => {
  const psql = JSON.stringify({ failing: true, last: null, failed: '00000003000000000000000A', waiting: 7 });
  expect(await found('Postgres archive', { psql })).toEqual(
    bad(
      '00000003000000000000000A cannot be archived, 7 files wait; the last success: never',
      'logs postgres-1',
    ),
  );
});

test('backups that are old, that never came, and that are not made', async () => {
  const old = { label: '20261208-115900F', timestamp: { stop: Date.parse('2026-12-08T12:00:00Z') / 1000 } };
  const stored = (...backups: object[]) => ({
    'describe-backups': JSON.stringify({ backups, newest: null }),
  });
  expect(await found('backups', stored(old))).toEqual(
    bad('the newest of 1, 20261208-115900F, is 2 days old', 'npm run backup -- production'),
  );
  expect(await found('backups', stored())).toEqual(
    bad('the object store holds none', 'npm run backup -- production'),
  );
  expect(await found('backups', { 'get cronjob postgres-backup-full': '' })).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
  );
});

test('rehearsals that are old, that never came, and that are not made', async () => {
  const answer = (text: string) => ({ 'get cronjob postgres-rehearsal': text });
  const at = (lastSuccessfulTime?: string) => answer(JSON.stringify({ status: { lastSuccessfulTime } }));
  expect(await found('restore rehearsal', at('2026-12-09T03:45:00Z'))).toEqual(
    bad(/^the last success is \d+ h old$/, 'create job --from=cronjob/postgres-rehearsal'),
  );
  expect(await found('restore rehearsal', at())).toEqual(
    warning('none has succeeded yet', 'create job --from=cronjob/postgres-rehearsal'),
  );
  expect(await found('restore rehearsal', answer(''))).toEqual(
    bad('none are made: it was deployed without an object store', 'npm run object-store'),
  );
});

test.each([
  [{ status: 'red', number_of_nodes: 3 }, bad('red, 3 of 3 nodes', 'logs elasticsearch-0')],
  [{ status: 'yellow', number_of_nodes: 3 }, warning('yellow, 3 of 3 nodes', 'by itself')],
  [{ status: 'green', number_of_nodes: 2 }, warning('green, 2 of 3 nodes', 'by itself')],
])('Elasticsearch: %j', async (health, expected) => {
  expect(await found('Elasticsearch', { curl: JSON.stringify(health) })).toEqual(expected);
});

test('a search index that differs from Postgres is said, with how much and which', async () => {
  const report = index({ equal: false, stale: { count: 12, examples: ['1', '2'] }, current: false });
  const answers = { check_index: await failed('CommandError', JSON.stringify(report)) };
  expect(await found('search index', answers)).toEqual(
    bad(/: the mapping is that of another version; 12 stale \(1, 2\)$/, 'npm run reindex -- production'),
  );
});

test('a search index that is not there is said', async () => {
  const answers = { check_index: await failed('CommandError', JSON.stringify(index({ index: null }))) };
  expect(await found('search index', answers)).toEqual(bad('there is no index', 'npm run reindex'));
});

test.each([
  ['79%', { level: 'good', detail: 'data-postgres-0 is 79 % full' }],
  ['80%', warning('data-postgres-0 is 80 % full; ', 'docs/volumes.md')],
  ['90%', bad('data-elasticsearch-2 is 90 % full', 'docs/volumes.md')],
])('a volume that is full to %s', async (df, expected) => {
  expect(await found('volumes', { df: `Use%\n ${df}\n` })).toEqual(expected);
});

test('a pod that cannot be asked does not hide a full volume of another one', async () => {
  const answers = {
    'exec --namespace coped-production elasticsearch-1': await failed('not found'),
    df: ' 85%',
  };
  expect(await found('volumes', answers)).toEqual(
    bad(/postgres-0 is 85 % full.*data-elasticsearch-1 could not be asked: not found/, 'docs/volumes.md'),
  );
});

test('a certificate that was not renewed, and one that is not there', async () => {
  const patient = {
    environment: production,
    name: 'production' as const,
    now: new Date('2027-01-02T12:00:00Z'),
  };
  const findings = new Map<string, Finding>();
  await examine({ ...patient, cluster: clusterWith() }, (t, f) => findings.set(t, f));
  expect(findings.get('certificates')).toEqual(bad('postgres-tls: 20 days left', 'certificates renews them'));
  expect(await found('certificates', { 'get secret/elasticsearch-tls': '' })).toEqual(
    bad('there is no Secret elasticsearch-tls', 'certificates renews them'),
  );
});
