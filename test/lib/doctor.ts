import { expect } from '@jest/globals';
import { ExecaError, execa } from 'execa';
import { environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { manifestsOf } from '../../tools/cluster/manifests.ts';
import type { Manifest } from '../../tools/cluster/objects.ts';
import { examineOnly } from '../../tools/commands/doctor.ts';
import type { Finding } from '../../tools/doctor/finding.ts';
import { small } from './applications.ts';

/** When the healthy production is looked at. */
export const now = new Date('2026-12-10T12:00:00Z');

/** Production, with the application of the tests. */
export const healthyProduction: AnyEnvironment = { ...environments.production, application: small };

/** Before any of the schedules' last times. */
const deployedAt = '2026-12-01T09:00:00Z';

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
  'get configmap,cronjob': JSON.stringify({ items: [] }),
  'get deployments,statefulsets,jobs,replicasets,pods': JSON.stringify({
    items: manifestsOf(healthyProduction).flatMap(healthyController),
  }),
  'get cronjobs': JSON.stringify({ items: cronJobs({}) }),
  'patronictl list': JSON.stringify([
    member('postgres-0', 'Sync Standby', 'streaming', 0),
    member('postgres-1', 'Leader', 'running'),
    member('postgres-2', 'Replica', 'streaming', 1),
  ]),
  'patronictl show-config': 'loop_wait: 5\nsynchronous_mode: true\nttl: 20\n',
  psql: JSON.stringify({
    failing: false,
    last: '2026-12-10T11:59:20Z',
    seconds: 40,
    failed: null,
    waiting: 0,
    segment: '00000003000000000000000A',
  }),
  'get cronjob postgres-backup-full': JSON.stringify({}),
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
      backup('20261206-014000F', '2026-12-06T01:50:00Z'),
      backup('20261206-014000F_20261210-094000I', '2026-12-10T09:45:00Z'),
    ],
    newest: { segment: '00000003000000000000000A', at: '2026-12-10T11:59:20Z' },
    gap: null,
  }),
  'get secret/elasticsearch-monitor': JSON.stringify({ data: { password: btoa('hunter2') } }),
  curl: JSON.stringify({ status: 'green', number_of_nodes: 3 }),
  check_index: JSON.stringify(index({})),
  df: 'Use%\n 41%\n',
  'get --raw /apis/argoproj.io': JSON.stringify({ items: [] }),
  'get --raw /apis': JSON.stringify({ groups: [] }),
  'get secret/': JSON.stringify({ data: { 'tls.crt': btoa(certificate) } }),
};

/** What the cluster says of the object of a manifest when all is well, if that runs pods. */
export function healthyController(manifest: Manifest): object[] {
  const { kind, metadata } = manifest;
  const named = { kind, metadata: { ...metadata, generation: 1, creationTimestamp: deployedAt } };
  if (kind === 'Job')
    return [{ ...named, spec: {}, status: { conditions: [{ type: 'Complete', status: 'True' }] } }];
  if (kind !== 'Deployment' && kind !== 'StatefulSet') return [];
  const replicas = manifest.spec?.replicas ?? 1;
  const status = { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas };
  return [{ ...named, spec: { replicas }, status }];
}

/** What the cluster says of the CronJobs when each has just succeeded, but for these differences by name. */
export function cronJobs(
  differences: Readonly<Record<string, { readonly spec?: object; readonly status?: object }>>,
  environment: AnyEnvironment = healthyProduction,
): object[] {
  return manifestsOf(environment).flatMap((manifest) => {
    if (manifest.kind !== 'CronJob') return [];
    const { metadata, spec } = manifest;
    const { spec: otherSpec, status } = differences[metadata.name] ?? {};
    return [
      {
        ...manifest,
        metadata: { ...metadata, creationTimestamp: deployedAt },
        spec: { ...spec, ...otherSpec },
        status: status ?? { lastSuccessfulTime: '2026-12-10T11:59:00Z' },
      },
    ];
  });
}

/** What Patroni says of a member. */
export function member(name: string, role: string, state: string, lag?: number): object {
  return { Cluster: 'postgres', Member: name, Role: role, State: state, TL: 3, 'Lag in MB': lag };
}

/** What pgBackRest says of a backup, but for this difference. */
export function backup(label: string, stop: string, difference: object = {}): object {
  return {
    label,
    type: 'full',
    timestamp: { start: Date.parse(stop) / 1000 - 600, stop: Date.parse(stop) / 1000 },
    info: { size: 2 ** 30, repository: { delta: 2 ** 20 } },
    annotation: { rows: '{}' },
    error: false,
    ...difference,
  };
}

/** What the application says of its index, but for this difference. */
export function index(difference: object): object {
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
export function clusterWith(answers: Readonly<Record<string, string | Error>> = {}): Cluster {
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

/** What a check finds where these questions are answered otherwise. */
export function found(
  title: string,
  answers: Readonly<Record<string, string | Error>> = {},
  environment: AnyEnvironment = healthyProduction,
): Promise<Finding> {
  return examineOnly(title, { cluster: clusterWith(answers), environment, name: environment.kind, now });
}

/** What kubectl exec fails with, when the command in the container does. */
export async function failed(stderr: string, stdout = ''): Promise<Error> {
  const script = `process.stdout.write(${JSON.stringify(stdout)}); process.stderr.write(${JSON.stringify(stderr)}); process.exit(1)`;
  const result = await execa(process.execPath, ['--eval', script], { reject: false });
  if (!(result instanceof ExecaError)) throw new Error('it did not fail');
  return result;
}

/** What a bad finding says. */
export const bad = (detail: string | RegExp, remedy: string | RegExp) => ({
  level: 'bad',
  detail: expect.stringMatching(detail),
  remedy: expect.stringMatching(remedy),
});

/** What a warning says. */
export const warning = (detail: string | RegExp, remedy: string | RegExp) => ({
  ...bad(detail, remedy),
  level: 'warning',
});
