import { describe, expect, test } from '@jest/globals';
import { removeSpent, restart } from '../../../tools/cluster/apply.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import type { Manifest } from '../../../tools/cluster/objects.ts';

/** A cluster that answers `kubectl get WHAT` so, and notes the other calls. */
function clusterWith(answers: Readonly<Record<string, object>>) {
  const changes: string[] = [];
  const cluster: Cluster = {
    context: 'test',
    kubectl: async ([verb, ...rest]) => {
      if (verb === 'get')
        return JSON.stringify(answers[`${rest.slice(0, rest[0] === 'jobs' ? 1 : 2).join(' ')}`] ?? '');
      changes.push([verb, ...rest].join(' '));
      return '';
    },
  };
  return { cluster, changes };
}

const job = (name: string, workload: string, status?: object) => ({
  kind: 'Job',
  metadata: { name, labels: { 'app.kubernetes.io/name': workload } },
  status,
});
const wanted = [
  job('certificates-aaaaaaaaaa', 'certificates'),
  job('postgres-backup-aaaaaaaaaa', 'postgres-backup'),
];

describe('before an apply', () => {
  test.each([
    ['has not ended and is of an older content', job('certificates-0123456789', 'certificates'), true],
    [
      'is tried again and is of an older content',
      job('certificates-0123456789', 'certificates', { failed: 3 }),
      true,
    ],
    [
      'has succeeded, though of an older content',
      job('certificates-0123456789', 'certificates', { succeeded: 1 }),
      false,
    ],
    ['is wanted', job('certificates-aaaaaaaaaa', 'certificates', { failed: 3 }), false],
    ['runs by a schedule', job('postgres-backup-full-29400000', 'postgres-backup'), false],
    ['was made by hand', job('postgres-backup-by-hand', 'postgres-backup'), false],
    ['is of a workload whose Job is applied by a command', job('migrate-0123456789', 'migrate'), false],
  ])('a Job that %s', async (_, present, isRemoved) => {
    const { cluster, changes } = clusterWith({ jobs: { items: [present] } });
    await removeSpent(cluster, 'coped-dev', wanted as unknown as Manifest[]);
    expect(changes).toEqual(isRemoved ? [`delete job ${present.metadata.name} --namespace coped-dev`] : []);
  });

  test.each([
    ['Released', ['delete persistentvolume coped-dev-source']],
    ['Bound', []],
  ])('a volume of the manifests that is %s', async (phase, expected) => {
    const { cluster, changes } = clusterWith({
      jobs: { items: [] },
      'persistentvolume coped-dev-source': { status: { phase } },
    });
    const volume = { kind: 'PersistentVolume', metadata: { name: 'coped-dev-source' } };
    await removeSpent(cluster, 'coped-dev', [volume] as Manifest[]);
    expect(changes).toEqual(expected);
  });
});

describe('before an apply, a Service that has a NodePort', () => {
  const service = (name: string, ...ports: object[]) => ({
    kind: 'Service',
    metadata: { name },
    spec: { ports },
  });
  const manifests = [
    service('web', { port: 8000, nodePort: 30800 }),
    service('postgres', { port: 5432 }),
  ] as unknown as Manifest[];

  test.each([
    ['is not wanted, but its port is', service('nginx', { port: 80, nodePort: 30800 }), true],
    ['is not wanted, and neither is its port', service('other', { port: 80, nodePort: 30801 }), false],
    ['is wanted, without the port', service('postgres', { port: 80, nodePort: 30800 }), false],
  ])('%s', async (_, present, isRemoved) => {
    const { cluster, changes } = clusterWith({
      jobs: { items: [] },
      'services --namespace': { items: [service('unknown', { port: 1 }), present] },
    });
    await removeSpent(cluster, 'coped-dev', manifests);
    expect(changes).toEqual(
      isRemoved ? [`delete service ${present.metadata.name} --namespace coped-dev`] : [],
    );
  });
});

describe('after an image has changed under its reference', () => {
  const pods = (kind: string, name: string, spec: object) => ({
    kind,
    metadata: { name },
    spec: { template: { spec } },
  });
  const manifests = [
    pods('Deployment', 'web', { containers: [{ image: 'web' }], initContainers: [{ image: 'postgres' }] }),
    pods('StatefulSet', 'postgres', { containers: [{ image: 'postgres' }] }),
    pods('StatefulSet', 'elasticsearch', { containers: [{ image: 'elasticsearch' }] }),
    pods('Job', 'certificates', { containers: [{ image: 'postgres' }] }),
  ] as Manifest[];

  test('what runs it starts anew, in an init container too', async () => {
    const { cluster, changes } = clusterWith({});
    await restart(cluster, 'coped-dev', manifests, (images) => images.includes('postgres'));
    expect(changes).toEqual([
      'rollout restart Deployment/web --namespace coped-dev',
      'rollout restart StatefulSet/postgres --namespace coped-dev',
    ]);
  });
});
