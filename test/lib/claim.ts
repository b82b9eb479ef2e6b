import type { Claim } from '../../tools/cluster/volumes.ts';

/** A claim of Postgres that has its volume. */
export function claim(name: string, volumeName: string): Claim {
  return {
    metadata: { name, labels: { 'app.kubernetes.io/name': 'postgres' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: {}, volumeName },
    status: { phase: 'Bound' },
  };
}
