import type { PersistentVolumeClaim } from '../../tools/cluster/objects.ts';

/** A claim of Postgres with these fields. */
function claim(
  name: string,
  { spec, status }: Pick<Partial<PersistentVolumeClaim>, 'spec' | 'status'>,
): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      uid: name,
      creationTimestamp: '2026-11-22T01:40:00Z',
      labels: { 'app.kubernetes.io/name': 'postgres' },
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: {}, ...spec },
    ...(status && { status }),
  };
}

/** A claim of Postgres that has its volume. */
export function boundClaim(name: string, volumeName: string): PersistentVolumeClaim {
  return claim(name, { spec: { volumeName }, status: { phase: 'Bound' } });
}

/** A claim of Postgres that asks for so much. */
export function claimOfSize(name: string, storage: string): PersistentVolumeClaim {
  return claim(name, { spec: { resources: { requests: { storage } } } });
}
