import { describe, expect, test } from '@jest/globals';
import { connections } from '../../charts/connections.ts';
import { hasNginx } from '../../charts/lib/routes.ts';
import { selector } from '../../charts/lib/workload.ts';
import { elasticsearch } from '../../charts/workloads/elasticsearch.ts';
import { postgres } from '../../charts/workloads/postgres.ts';
import { web } from '../../charts/workloads/web.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import type { Application, Reach } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { relayOf } from '../../environments/mail.ts';
import { bucketOf } from '../../environments/media.ts';
import { production } from '../../environments/production.ts';
import { small } from '../lib/applications.ts';
import { variants } from '../lib/manifests.ts';

/** What a workload opens connections to. */
const opened = (environment: AnyEnvironment, name: string) =>
  connections(environment)
    .filter(({ from }) => from === name)
    .map(({ to, port, protocol }) => `${to}:${port}/${protocol}`)
    .sort();

/** The workloads that run the web image as the application, and what each reaches outside the cluster. */
function applicationWorkloads(
  environment: AnyEnvironment,
): { readonly name: string; readonly reaches: readonly string[] }[] {
  const { reaches, processes = {} }: Application = environment.application;
  const relay = relayOf(environment);
  const isTrial = environment.address.kind === 'local';
  const passedOn = relay && relay !== 'caught' && !isTrial ? `mail-relay:${relay.port}` : undefined;
  const mail = relay === 'caught' ? 'mail-catcher:1025' : passedOn;
  const targets = (of: readonly Reach[] = []) => [
    ...of.map(({ what, port }) => `${what}:${port}`),
    ...(mail ? [mail] : []),
  ];
  const hasSampleData = workloadsOf(environment).some(({ name }) => name === 'sample-data');
  return [
    { name: 'migrate', reaches: [] },
    { name: 'web', reaches: targets(reaches) },
    ...(hasSampleData ? [{ name: 'sample-data', reaches: [] }] : []),
    ...Object.entries(processes).map(([name, process]) => ({ name, reaches: targets(process.reaches) })),
  ];
}

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('each workload of the application connects to what the application uses, to its uploads, and to DNS', () => {
    const bucket = bucketOf(environment);
    const uploads = bucket ? [`upload-store:${bucket.port}`] : [];
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
    for (const { name, reaches } of applicationWorkloads(environment)) {
      const to = connections(environment).filter(({ from }) => from === name);
      expect(to.map((arrow) => `${arrow.to}:${arrow.port}`).sort()).toEqual(
        ['cluster-dns:53', 'cluster-dns:53', ...used, ...uploads, ...reaches].sort(),
      );
    }
  });

  test('the data services are reached by the application, their own kind and backups, and by nobody else', () => {
    const reach = (name: string) =>
      connections(environment)
        .filter(({ to }) => to === name)
        .map(({ from }) => from);
    const names = applicationWorkloads(environment).map(({ name }) => name);
    expect(new Set(reach('postgres'))).toEqual(
      new Set([...names, 'postgres', ...(environment.backups ? ['postgres-backup'] : [])]),
    );
    expect(new Set(reach('elasticsearch'))).toEqual(
      new Set([...names, ...(environment.elasticsearch.nodes > 1 ? ['elasticsearch'] : [])]),
    );
    const { redis, programs = {} }: Application = environment.application;
    const others = Object.keys(programs).filter((name) => programs[name]?.uses?.includes('redis'));
    if (redis) expect(new Set(reach('redis'))).toEqual(new Set([...names, ...others]));
  });

  test('visitors reach nginx or, where there is none, the application, and nothing else', () => {
    const visitors = connections(environment).filter(({ from }) =>
      ['ingress-controller', 'gateway', 'this-machine'].includes(from),
    );
    expect(visitors.map(({ to, port }) => `${to}:${port}`)).toEqual([
      hasNginx(environment, workloadsOf(environment)) ? 'nginx:8080' : 'web:8000',
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

test("production's workloads connect to each other as docs/how-it-works.md draws it", () => {
  // The page draws no program that an application adds.
  const drawn = { ...production, application: small };
  const dns = ['cluster-dns:53/TCP', 'cluster-dns:53/UDP'];
  const api = 'kubernetes-api:6443/TCP';
  const store = `object-store:${production.backups.objectStore.port}/TCP`;
  const names = [
    'nginx',
    'elasticsearch',
    'postgres',
    'postgres-backup',
    'postgres-restore-test',
    'postgres-restore',
    'certificates',
  ];
  expect(Object.fromEntries(names.map((name) => [name, opened(drawn, name)]))).toEqual({
    nginx: [...dns, 'web:8000/TCP'],
    elasticsearch: [...dns, 'elasticsearch:9200/TCP', 'elasticsearch:9300/TCP'],
    postgres: [...dns, api, store, 'postgres:5432/TCP', 'postgres:8008/TCP'],
    'postgres-backup': [...dns, store, 'postgres:5432/TCP', 'postgres:8432/TCP'],
    'postgres-restore-test': [...dns, store],
    'postgres-restore': [...dns, store],
    certificates: [api],
  });
});

test('a connection to a workload that the environment has not is refused, with those that it has', () => {
  // Without backups, the workloads of backups are not there; web is asked to connect to one of them.
  const { opens } = web;
  const backup = workloadsOf(production).find(({ name }) => name === 'postgres-backup');
  const without: AnyEnvironment = { ...production, backups: undefined };
  Object.assign(web, { opens: () => [{ to: backup, port: 1, why: 'because' }] });
  try {
    expect(() => connections(without)).toThrow(
      'the workload web opens a connection to "postgres-backup", which coped-production does not have; ' +
        `it has: ${workloadsOf(without)
          .map(({ name }) => name)
          .join(', ')}`,
    );
  } finally {
    Object.assign(web, { opens });
  }
});
