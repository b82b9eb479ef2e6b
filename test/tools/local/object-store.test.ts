import { beforeEach, expect, test } from '@jest/globals';
import { changes, cli, program } from '../../lib/command-line.ts';

const variables = { KIND_CLUSTERS: 'coped', CURRENT_CONTEXT: 'kind-coped' };
const keys = '  BACKUP_S3_KEY=objectstore\n  BACKUP_S3_SECRET=objectstore-secret';

const creating = {
  kind: 'Deployment',
  metadata: { name: 's3', generation: 1, annotations: { 'deployment.kubernetes.io/revision': '1' } },
  spec: { replicas: 1 },
  status: { observedGeneration: 1, updatedReplicas: 1, replicas: 1 },
};
const replicaSet = {
  kind: 'ReplicaSet',
  metadata: {
    name: 's3-1',
    ownerReferences: [{ name: 's3' }],
    annotations: creating.metadata.annotations,
  },
};
const pod = {
  kind: 'Pod',
  metadata: { name: 's3-1-a', ownerReferences: [{ name: 's3-1' }] },
  status: {
    containerStatuses: [
      { name: 'versitygw', restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } },
    ],
  },
};
const ready = { ...creating, status: { ...creating.status, readyReplicas: 1 } };

beforeEach(() => {
  program(
    'kubectl',
    'case "$*" in',
    '  *current-context*) printf kind-coped;;',
    '  *" apply "*) case "$(/bin/cat)" in *KubeDeployment*|*versitygw*) : > "$0.applied";; esac;;',
    `  *" get service s3 "*) [ ! -e "$0.applied" ] || echo '${JSON.stringify({ spec: { ports: [{ port: 7070 }] } })}';;`,
    '  *" get deployments,"*)',
    '    if [ -e "$0.seen" ]',
    `    then echo '${JSON.stringify({ items: [ready] })}'`,
    `    else : > "$0.seen"; echo '${JSON.stringify({ items: [creating, replicaSet, pod] })}'`,
    '    fi;;',
    '  *" get "*) echo \'{"items":[{}]}\';;',
    'esac',
  );
});

test('it says what it waits for while it is made, and its keys each time', async () => {
  const first = await cli(['object-store'], variables);
  expect(first).toEqual({ exitCode: 0, output: expect.stringContaining(keys) });
  expect(first.output).toContain('Deployment/s3: s3-1-a, container versitygw: waits for its image');
  const made = changes().length;
  const second = await cli(['object-store'], variables);
  expect(second).toEqual({ exitCode: 0, output: expect.stringContaining(keys) });
  expect(changes()).toHaveLength(made);
});
