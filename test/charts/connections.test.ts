import { describe, expect, test } from '@jest/globals';
import { connections } from '../../charts/connections.ts';
import { selector } from '../../charts/lib/workload.ts';
import { elasticsearch } from '../../charts/workloads/elasticsearch.ts';
import { postgres } from '../../charts/workloads/postgres.ts';
import { web } from '../../charts/workloads/web.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';
import { variants } from '../lib/manifests.ts';

const arrows = (environment: AnyEnvironment, name: string) =>
  connections(environment)
    .filter(({ from, to }) => from === name || to === name)
    .map(({ from, to, port, protocol }) => `${from} → ${to}:${port}/${protocol}`)
    .sort();

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('each workload of the application connects to what the application uses, and to DNS', () => {
    const used = workloadsOf(environment)
      .filter(({ forApplication }) => forApplication)
      .map(
        ({ name, forApplication }) =>
          `${name}:${forApplication?.(environment, 'application').connection.port}`,
      );
    expect(used).toEqual(
      expect.arrayContaining([
        `postgres:${postgres.ports.postgres}`,
        `elasticsearch:${elasticsearch.ports.http}`,
      ]),
    );
    for (const name of ['web', 'migrate', ...(environment.sampleData ? ['sample-data'] : [])]) {
      const to = connections(environment).filter(({ from }) => from === name);
      expect(to.map((arrow) => `${arrow.to}:${arrow.port}`).sort()).toEqual(
        ['cluster-dns:53', 'cluster-dns:53', ...used].sort(),
      );
    }
  });

  test('the data services are reached by the application, their own kind and backups, and by nobody else', () => {
    const from = (name: string) =>
      new Set(
        connections(environment)
          .filter(({ to }) => to === name)
          .map((arrow) => arrow.from),
      );
    const application = ['web', 'migrate', ...(environment.sampleData ? ['sample-data'] : [])];
    expect([...from('postgres')]).toEqual(
      expect.arrayContaining([
        ...application,
        'postgres',
        ...(environment.backups ? ['postgres-backup'] : []),
      ]),
    );
    expect(from('elasticsearch').has('elasticsearch')).toBe(environment.elasticsearch.nodes > 1);
    for (const stranger of [
      'nginx',
      'certificates',
      'create-credentials',
      'postgres-restore-test',
    ] as const) {
      expect(from('postgres').has(stranger)).toBe(false);
      expect(from('elasticsearch').has(stranger)).toBe(false);
    }
  });

  test('visitors reach nginx or, where there is none, the application, and nothing else', () => {
    const visitors = connections(environment).filter(({ from }) =>
      ['ingress-controller', 'this-machine'].includes(from),
    );
    expect(visitors.map(({ to, port }) => `${to}:${port}`)).toEqual([
      environment.nginx ? 'nginx:8080' : 'web:8000',
    ]);
  });

  test('each has a reason', () => {
    for (const { from, to, why } of connections(environment))
      expect([from, to, why]).toEqual([from, to, expect.stringMatching(/\w+ \w+/)]);
  });

  test('each end is the pods of a workload, or a place outside that is somewhere', () => {
    const pods = new Map<string, object>(
      workloadsOf(environment).map((workload) => [
        workload.name,
        { podSelector: { matchLabels: selector(environment, workload) } },
      ]),
    );
    for (const { from, to, peers } of connections(environment)) {
      for (const [name, found] of [
        [from, peers.from],
        [to, peers.to],
      ] as const) {
        const pod = pods.get(name);
        if (pod) expect(found).toEqual([pod]);
        else for (const peer of found) expect(Object.keys(peer)).not.toEqual([]);
      }
    }
  });
});

test("production's servers connect to each other as docs/how-it-works.md draws it", () => {
  expect(arrows(production, 'nginx')).toEqual([
    'ingress-controller → nginx:8080/TCP',
    'nginx → cluster-dns:53/TCP',
    'nginx → cluster-dns:53/UDP',
    'nginx → web:8000/TCP',
  ]);
  expect(arrows(production, 'elasticsearch')).toEqual([
    'elasticsearch → cluster-dns:53/TCP',
    'elasticsearch → cluster-dns:53/UDP',
    'elasticsearch → elasticsearch:9200/TCP',
    'elasticsearch → elasticsearch:9300/TCP',
    'migrate → elasticsearch:9200/TCP',
    'web → elasticsearch:9200/TCP',
  ]);
  expect(arrows(production, 'postgres')).toEqual([
    'migrate → postgres:5432/TCP',
    'postgres → cluster-dns:53/TCP',
    'postgres → cluster-dns:53/UDP',
    `postgres → kubernetes-api:${production.kubernetesApi.port}/TCP`,
    `postgres → object-store:${production.backups.objectStore.port}/TCP`,
    'postgres → postgres:5432/TCP',
    'postgres → postgres:8008/TCP',
    'postgres-backup → postgres:5432/TCP',
    'postgres-backup → postgres:8432/TCP',
    'web → postgres:5432/TCP',
  ]);
  expect(arrows(production, 'postgres-backup')).toEqual([
    'postgres-backup → cluster-dns:53/TCP',
    'postgres-backup → cluster-dns:53/UDP',
    `postgres-backup → object-store:${production.backups.objectStore.port}/TCP`,
    'postgres-backup → postgres:5432/TCP',
    'postgres-backup → postgres:8432/TCP',
  ]);
  expect(arrows(production, 'certificates')).toEqual([
    `certificates → kubernetes-api:${production.kubernetesApi.port}/TCP`,
  ]);
  for (const name of ['postgres-restore-test', 'postgres-restore'])
    expect(arrows(production, name)).toEqual([
      `${name} → cluster-dns:53/TCP`,
      `${name} → cluster-dns:53/UDP`,
      `${name} → object-store:${production.backups.objectStore.port}/TCP`,
    ]);
});

test('a connection to a workload that the environment has not is refused, with those that it has', () => {
  // Without backups, the workloads of backups are not there; web is asked to connect to one of them.
  const { opens } = web;
  const backup = workloadsOf(production).find(({ name }) => name === 'postgres-backup');
  const without: AnyEnvironment = { ...production, backups: undefined };
  Object.assign(web, { opens: () => [{ to: backup, port: 1, why: 'because' }] });
  try {
    expect(() => connections(without)).toThrow(
      'charts/workloads/web.ts opens a connection to "postgres-backup", which coped-production does not have; ' +
        'it has: certificates, postgres, elasticsearch, migrate, web, nginx',
    );
  } finally {
    Object.assign(web, { opens });
  }
});
