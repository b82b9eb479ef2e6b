import { describe, expect, test } from '@jest/globals';
import { connections } from '../../../charts/connections.ts';
import type { Cluster } from '../../../environments/cluster.ts';
import { production } from '../../../environments/production.ts';
import { containersOf, pods, variants } from '../../lib/manifests.ts';

const mebibytes = (quantity: unknown) => Number(/^(\d+)Mi$/.exec(`${quantity}`)?.[1]);

describe.each(variants)('every pod of $namespace at $address.kind address', (environment) => {
  const every = () => pods(environment);
  const everyContainer = () =>
    every().flatMap(({ owner, pod }) =>
      containersOf(pod).map((container) => ({ owner: `${owner} ${container.name}`, container, pod })),
    );

  test('runs as nobody special, with the default seccomp profile', () => {
    for (const { owner, pod } of every()) {
      expect([owner, pod.securityContext]).toEqual([
        owner,
        {
          runAsNonRoot: true,
          runAsUser: 10001,
          // The files of the published Elasticsearch image belong to group 0.
          runAsGroup: owner.endsWith('StatefulSet/elasticsearch') ? 0 : 10001,
          fsGroup: 10001,
          fsGroupChangePolicy: 'OnRootMismatch',
          seccompProfile: { type: 'RuntimeDefault' },
        },
      ]);
    }
  });

  test('has a read-only root and no privilege in each of its containers', () => {
    for (const { owner, container } of everyContainer()) {
      expect([owner, container.securityContext]).toEqual([
        owner,
        {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        },
      ]);
    }
  });

  test('has requests, and a memory limit that equals the request, in each of its containers', () => {
    for (const { container } of everyContainer()) {
      const { requests, limits } = container.resources;
      expect(requests).toEqual({
        cpu: expect.stringMatching(/^\d+m$/),
        memory: expect.stringMatching(/^\d+Mi$/),
        'ephemeral-storage': '64Mi',
      });
      expect(limits).toEqual({ memory: requests.memory, 'ephemeral-storage': '2Gi' });
    }
  });

  test('may fill its volumes on the disk of its node, and write 1 GiB of logs, before it is evicted', () => {
    for (const { owner, pod } of every()) {
      const volumes = pod.volumes.map(({ emptyDir }) =>
        emptyDir && emptyDir.medium !== 'Memory' ? mebibytes(emptyDir.sizeLimit) : 0,
      );
      const sum = volumes.reduce((total, next) => total + next, 0);
      expect([owner, sum <= 1024]).toEqual([owner, true]);
    }
  });

  test('has a token for the Kubernetes API only if the graph of connections leads it there', () => {
    const users = connections(environment)
      .filter(({ to }) => to === 'kubernetes-api')
      .map(({ from }) => `${from}`);
    for (const { labels, pod } of every()) {
      const name = labels['app.kubernetes.io/name'] ?? '';
      expect([name, pod.automountServiceAccountToken]).toEqual([name, users.includes(name)]);
      expect(pod.serviceAccountName).toBe(name);
    }
  });

  test('has no variables with the addresses of other Services', () => {
    for (const { pod } of every()) expect(pod.enableServiceLinks).toBe(false);
  });

  test('mounts no folder of its node', () => {
    for (const { pod } of every()) expect(pod.volumes.filter(({ hostPath }) => hostPath)).toEqual([]);
  });

  test('lets the autoscaler remove its node if it is a server, whatever is in its own folders there', () => {
    for (const { owner, annotations, pod } of every()) {
      const onDisk = pod.volumes.filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory');
      const isServer = /(Deployment|StatefulSet)\//.test(owner);
      expect([owner, annotations['cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes']]).toEqual([
        owner,
        isServer ? onDisk.map(({ name }) => name).join(',') : undefined,
      ]);
      // It would be evicted whatever its other volumes are.
      expect(annotations).not.toHaveProperty('cluster-autoscaler.kubernetes.io/safe-to-evict');
    }
  });

  test('can write to /tmp in each container, and nowhere without a limit', () => {
    for (const { owner, container, pod } of everyContainer()) {
      const mounts = container.volumeMounts.filter(({ mountPath }) => mountPath === '/tmp');
      expect([owner, mounts]).toEqual([owner, [{ name: 'tmp', mountPath: '/tmp' }]]);
      // Of nginx and of programs a test of their own says it.
      const sizeLimit = /flower|nginx/.test(owner) ? expect.stringMatching(/^\d{3}Mi$/) : '256Mi';
      expect(pod.volumes.filter(({ name }) => name === 'tmp')).toEqual([
        { name: 'tmp', emptyDir: { sizeLimit } },
      ]);
      for (const { emptyDir } of pod.volumes)
        if (emptyDir) expect(emptyDir).toMatchObject({ sizeLimit: expect.stringMatching(/^\d+Mi$/) });
    }
  });

  test('has volumes in memory that are smaller than the memory of each container that writes there', () => {
    for (const { owner, container, pod } of everyContainer()) {
      const mounted = container.volumeMounts.filter(({ readOnly }) => !readOnly).map(({ name }) => name);
      const sizes = pod.volumes.map(({ name, emptyDir }) => {
        return emptyDir?.medium === 'Memory' && mounted.includes(name) ? mebibytes(emptyDir.sizeLimit) : 0;
      });
      const sum = sizes.reduce((total, next) => total + next, 0);
      expect([owner, sum < mebibytes(container.resources.limits.memory)]).toEqual([owner, true]);
    }
  });

  test('uses the image that a node has, as no reference changes what it means', () => {
    for (const { container } of everyContainer())
      expect(container).toMatchObject({ imagePullPolicy: 'IfNotPresent' });
  });

  test('has a readiness probe if it is a server', () => {
    // A member whose backups cannot be read must go on serving.
    const servers = everyContainer().filter(
      ({ container }) => container.ports && container.name !== 'pgbackrest',
    );
    expect(servers).not.toEqual([]);
    for (const { owner, container } of servers)
      expect([owner, container.readinessProbe]).toEqual([owner, expect.anything()]);
  });
});

describe('where the cluster wants it', () => {
  const containers = (cluster: Cluster) =>
    pods({ ...production, cluster }).flatMap(({ pod }) =>
      containersOf(pod).map(({ resources }) => resources),
    );

  test('each container has a limit of processor time, which is not below what it reserves', () => {
    for (const { requests, limits } of containers({ cpuLimitMillicores: 80 })) {
      const reserved = Number(requests.cpu.replace('m', ''));
      expect(limits).toMatchObject({ cpu: `${Math.max(80, reserved)}m`, memory: requests.memory });
    }
  });

  test('each process runs as the user of the cluster, but for the group of the published Elasticsearch', () => {
    for (const { owner, pod } of pods({ ...production, cluster: { userId: 1000650000 } }))
      expect([owner, pod.securityContext]).toEqual([
        owner,
        expect.objectContaining({
          runAsUser: 1000650000,
          runAsGroup: owner.endsWith('StatefulSet/elasticsearch') ? 0 : 1000650000,
          fsGroup: 1000650000,
        }),
      ]);
  });
});
