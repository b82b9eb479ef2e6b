import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { alike, liveManifests } from '../../../tools/diff/live.ts';
import { type AnyObject, identity } from '../../../tools/diff/objects.ts';
import { failed } from '../../lib/doctor.ts';

const namespace = 'coped-production';
const made = { 'app.kubernetes.io/part-of': 'coped', 'app.kubernetes.io/managed-by': 'cdk8s' };
const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };

type Fields = Readonly<Record<string, unknown>>;

function object(kind: string, name: string, fields: Fields = {}, metadata: Fields = {}): AnyObject {
  const where = kind === 'Namespace' ? {} : { namespace };
  return { apiVersion: 'v1', kind, metadata: { name, labels: made, ...where, ...metadata }, ...fields };
}

/** An object as the API server has it. */
function live(kind: string, name: string, fields: Fields = {}, metadata: Fields = {}): AnyObject {
  const noted = { uid: 'u', resourceVersion: '7', generation: 3, creationTimestamp: '2026-11-01T00:00:00Z' };
  const { annotations = lastApplied, ...others } = metadata;
  return object(kind, name, { status: { seen: true }, ...fields }, { ...noted, annotations, ...others });
}

const space = live('Namespace', namespace);

/** A cluster that has these objects, refuses some, and would make of another what it has been given, with a default. */
function clusterWith(
  found: readonly AnyObject[],
  refused: Readonly<Record<string, string>> = {},
  groups: readonly string[] = [],
) {
  const calls: string[] = [];
  const cluster: Cluster = {
    context: 'test',
    kubectl: async (arguments_, options) => {
      calls.push(arguments_.join(' '));
      if (arguments_[0] === 'get') {
        const [, what = ''] = arguments_;
        if (what === '--raw')
          return JSON.stringify({
            groups: groups.map((name) => ({ name })),
            resources: [{ kind: 'HTTPRoute' }],
          });
        if (!what.includes('/'))
          return JSON.stringify({ items: found.filter(({ kind }) => kind !== 'Namespace') });
        const one = found.find(({ kind, metadata }) => what === `${kind.toLowerCase()}/${metadata.name}`);
        return one ? JSON.stringify(one) : '';
      }
      const { items } = JSON.parse(`${options?.input}`) as { items: AnyObject[] };
      const reason = items.flatMap(({ metadata }) => refused[metadata.name] ?? [])[0];
      if (reason !== undefined) throw await failed(`Warning: something\n${reason}`);
      const results = items.map((item) => {
        const present = found.find((each) => identity(each) === identity(item));
        return {
          ...present,
          ...item,
          defaulted: true,
          metadata: { ...present?.metadata, ...item.metadata, generation: 4 },
        };
      });
      return JSON.stringify(results.length === 1 ? results[0] : { kind: 'List', items: results });
    },
  };
  return { cluster, calls };
}

const wantedSpace = object('Namespace', namespace);

test('what runs is compared with what the API server would make of an apply', async () => {
  const web = live('Deployment', 'web', { spec: 1, defaulted: true });
  const { cluster, calls } = clusterWith([live('Namespace', namespace, { defaulted: true }), web]);
  const { before, after, refusals } = await liveManifests(cluster, namespace, [
    wantedSpace,
    object('Deployment', 'web', { spec: 2 }),
    object('Service', 'web', { spec: 3 }),
  ]);
  expect(before).toEqual([
    object('Deployment', 'web', { spec: 1, defaulted: true }),
    object('Namespace', namespace, { defaulted: true }),
  ]);
  expect(after).toEqual([
    object('Namespace', namespace, { defaulted: true }),
    object('Deployment', 'web', { spec: 2, defaulted: true }),
    object('Service', 'web', { spec: 3 }),
  ]);
  expect(refusals.size).toBe(0);
  expect(calls.filter((call) => !call.startsWith('get '))).toEqual([
    'apply --dry-run=server --output json --filename -',
  ]);
});

test.each([
  [['gateway.networking.k8s.io'], true],
  [[], false],
])('an HTTPRoute is asked for where the cluster knows any: groups %j', async (groups, isAsked) => {
  const { cluster, calls } = clusterWith([space], {}, groups);
  await liveManifests(cluster, namespace, [wantedSpace, object('HTTPRoute', 'coped')]);
  expect(calls.some((call) => call.startsWith('get httproute --namespace'))).toBe(isAsked);
});

test('a Job that runs again is compared by the fields of dist/: what the API server adds is no change', async () => {
  const old = live('Job', 'migrate-0123456789', {
    spec: { template: { image: 'web:1', labels: { uid: 'x' } }, completions: 1 },
    status: { succeeded: 1 },
  });
  const { cluster } = clusterWith([space, old]);
  const next = object('Job', 'migrate-abcdef0123', { spec: { template: { image: 'web:2' } } });
  const { before, after } = await liveManifests(cluster, namespace, [wantedSpace, next]);
  expect(before).toContainEqual(
    object('Job', 'migrate-0123456789', { spec: { template: { image: 'web:1' } } }),
  );
  expect(after).toContainEqual(next);
});

test('where the environment is not deployed, all is new, and nothing is asked of the API server', async () => {
  const { cluster, calls } = clusterWith([]);
  const wanted = [wantedSpace, object('Service', 'web')];
  expect(await liveManifests(cluster, namespace, wanted)).toEqual({
    before: [],
    after: wanted,
    refusals: new Map(),
  });
  expect(calls.filter((call) => call.startsWith('apply'))).toEqual([]);
});

test('an object that is refused is compared by the fields of dist/, and the others are not affected', async () => {
  const found = [
    space,
    live('StatefulSet', 'postgres', { spec: { replicas: 3, serviceName: 'old', added: 'by the server' } }),
    live('Service', 'web', { spec: 1 }),
  ];
  const reason =
    'The StatefulSet "postgres" is invalid: spec: Forbidden: updates to statefulset spec are forbidden';
  const { cluster } = clusterWith(found, { postgres: reason });
  const wanted = [
    wantedSpace,
    object('Service', 'web', { spec: 2 }),
    object('StatefulSet', 'postgres', { spec: { replicas: 3, serviceName: 'new' } }),
  ];
  const { before, after, refusals } = await liveManifests(cluster, namespace, wanted);
  expect([...refusals]).toEqual([
    ['StatefulSet/coped-production/postgres', 'spec: Forbidden: updates to statefulset spec are forbidden'],
  ]);
  expect(before).toContainEqual(
    object('StatefulSet', 'postgres', { spec: { replicas: 3, serviceName: 'old' } }),
  );
  expect(after).toContainEqual(wanted[2]);
  expect(after).toContainEqual(object('Service', 'web', { spec: 2, defaulted: true }));
});

test('what Argo CD has applied by the server is asked for in the same way, so that it sees removed fields', async () => {
  const managedFields = [
    { manager: 'kubelet', operation: 'Update' },
    { manager: 'argocd-controller', operation: 'Apply' },
  ];
  const { cluster, calls } = clusterWith([
    space,
    live('Service', 'web', {}, { managedFields, annotations: {} }),
  ]);
  await liveManifests(cluster, namespace, [wantedSpace, object('Service', 'web')]);
  expect(calls.filter((call) => call.startsWith('apply'))).toEqual([
    'apply --dry-run=server --output json --filename -',
    'apply --dry-run=server --server-side --force-conflicts --field-manager argocd-controller --output json --filename -',
  ]);
});

test('a refusal is said without warnings of kubectl, and without the name that the difference says', async () => {
  const { cluster } = clusterWith([space], { web: 'Error from server (Forbidden): you may not' });
  const { refusals } = await liveManifests(cluster, namespace, [wantedSpace, object('Service', 'web')]);
  expect([...refusals.values()]).toEqual(['you may not']);
});

describe('in the cluster, and no longer in dist/, is', () => {
  const hash = '0123456789';
  const succeeded = { status: { succeeded: 1 } };

  test.each<[string, AnyObject, boolean]>([
    ['what the charts have made', live('CronJob', 'old'), true],
    ['nothing that another object has made', live('Job', 'old-1', {}, { ownerReferences: [{}] }), false],
    [
      "nothing of Patroni's",
      live('ConfigMap', 'postgres-leader', {}, { labels: { 'app.kubernetes.io/part-of': 'coped' } }),
      false,
    ],
    ['a Job that has not succeeded', live('Job', `certificates-${hash}`), true],
    ['no Job that has: it is only its log', live('Job', `certificates-${hash}`, succeeded), false],
  ])('%s', async (_, left, isFound) => {
    const { cluster } = clusterWith([space, left]);
    const { before } = await liveManifests(cluster, namespace, [wantedSpace]);
    expect(before.map(({ metadata }) => metadata.name)).toEqual([
      ...(isFound ? [left.metadata.name] : []),
      namespace,
    ]);
  });

  test('the newest Job that has succeeded, before one with another content', async () => {
    const [older, newer] = [`migrate-${hash}`, 'migrate-abcdefabcd'];
    const found = [
      space,
      live('Job', older, succeeded),
      live('Job', newer, succeeded, { creationTimestamp: '2026-11-02T00:00:00Z' }),
    ];
    const named = async (wanted: string) => {
      const { before } = await liveManifests(clusterWith(found).cluster, namespace, [
        wantedSpace,
        object('Job', wanted),
      ]);
      return before.map(({ metadata }) => metadata.name);
    };
    expect(await named('migrate-1111111111')).toEqual([newer, namespace]);
    expect(await named(newer)).toEqual([newer, namespace]);
  });
});

test.each([
  [{ a: 1, added: 2 }, { a: 5 }, { a: 1 }],
  [{ memory: '1Gi' }, { memory: '1024Mi' }, { memory: '1024Mi' }],
  [{ memory: '2Gi' }, { memory: '1024Mi' }, { memory: '2Gi' }],
  [[{ name: 'a', x: 1 }, { name: 'gone' }], [{ name: 'a' }], [{ name: 'a' }, { name: 'gone' }]],
  [[{ x: 1, added: 2 }], [{ x: 3 }], [{ x: 1 }]],
  [{ a: 1 }, { b: 1 }, {}],
])('of %j, what %j has too', (value, wanted, expected) => {
  expect(alike(value, wanted)).toEqual(expected);
});

test('a namespace of somebody else is there, though nobody asks for it', async () => {
  const { cluster, calls } = clusterWith([live('Service', 'web', { spec: 1 })]);
  const { before } = await liveManifests(cluster, namespace, [object('Service', 'web', { spec: 2 })]);
  expect(before).toEqual([object('Service', 'web', { spec: 1 })]);
  expect(calls.join()).not.toContain(`namespace/${namespace}`);
});
