import { describe, expect, test } from '@jest/globals';
import { connections } from '../../charts/connections.ts';
import { allEnvironments, containersOf, locally, pods } from '../lib/manifests.ts';

const everyPod = [...allEnvironments, locally('staging'), locally('production')].flatMap((environment) =>
  pods(environment).map((found) => ({ ...found, environment })),
);

describe.each(everyPod)('$owner', ({ owner, labels, pod, environment }) => {
  test('runs as nobody special, with the default seccomp profile', () => {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10001,
      // The files of the published Elasticsearch image belong to group 0.
      runAsGroup: owner.endsWith('StatefulSet/elasticsearch') ? 0 : 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('has a read-only root and no privilege in each of its containers', () => {
    for (const container of containersOf(pod)) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      });
    }
  });

  test('has requests, and a memory limit that equals the request, in each of its containers', () => {
    for (const { resources } of containersOf(pod)) {
      expect(resources.requests.cpu).toMatch(/^\d+m$/);
      expect(resources.requests.memory).toMatch(/^\d+Mi$/);
      expect(resources.limits).toEqual({ memory: resources.requests.memory });
    }
  });

  test('has a token for the Kubernetes API only if the graph of connections leads it there', () => {
    const uses = connections(environment).some(
      ({ from, to }) => from === labels['app.kubernetes.io/name'] && to === 'kubernetes-api',
    );
    expect(pod.automountServiceAccountToken).toBe(uses);
    expect(pod.enableServiceLinks).toBe(false);
  });

  test('mounts no folder of its node', () => {
    expect(pod.volumes.filter(({ hostPath }) => hostPath)).toEqual([]);
  });

  test('has probes if it is a server', () => {
    if (!owner.includes('Job/')) {
      // A member whose backups cannot be read must go on serving.
      const servers = pod.containers.filter(({ name }) => name !== 'pgbackrest');
      for (const container of servers) expect(container.readinessProbe).toBeDefined();
    }
  });
});
