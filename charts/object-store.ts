import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { backupStore, IssuedBy } from '../environments/credentials.ts';
import type { LocalImage } from '../environments/environment.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { withoutEnd } from './lib/job.ts';
import { allow } from './lib/workload.ts';

const namespace = 'objectstore';
const service = 's3';
const certificate = 's3-tls';
const bucket = 'backups';

/** Where the object store of the local cluster is, and its keys. */
export const localStore = {
  namespace,
  service,
  /** Secret with its certificate, and the certificate authority that signed it. */
  certificate,
  bucket,
  /** Not secret: only the local cluster reaches the store, which holds trial backups. */
  keys: {
    BACKUP_S3_KEY: 'objectstore',
    BACKUP_S3_SECRET: 'objectstore-secret',
  } satisfies Record<IssuedBy<typeof backupStore>, string>,
} as const;

/**
 * versitygw, which serves a folder through the S3 protocol, and a Job that creates its certificate. It runs beside the
 * environments, on the local cluster only.
 *
 * @see https://github.com/versity/versitygw/wiki
 */
export function objectStore(scope: Construct, credentialsImage: LocalImage): Chart {
  const metadata = { name: service, namespace, labels: { 'app.kubernetes.io/name': service } };
  const maker = { name: 'certificates', namespace };
  const rules = [allow('secrets', ['create', 'get', 'update'])];
  const size = { cpuMillicores: 10, memoryMebibytes: 128 };
  const volumeMounts = [{ name: 'data', mountPath: '/data' }];
  const certificateJob = hardenedPod(
    { workload: { name: maker.name, mayDo: () => rules }, environment: {} },
    {
      containers: [
        {
          name: 'renew-certificates',
          image: credentialsImage,
          command: ['renew-certificates'],
          // Ten years, like its authority: nothing renews it here.
          args: ['--days', '3650', `${service}=${service}.${namespace}.svc`],
          size,
        },
      ],
    },
  );
  const server = hardenedPod(
    { workload: { name: 'default' }, environment: {} },
    {
      initContainers: [
        {
          name: 'make-bucket',
          image: credentialsImage,
          command: ['mkdir', '--parents', `/data/buckets/${bucket}`, '/data/metadata'],
          size,
          volumeMounts,
        },
      ],
      containers: [
        {
          name: 'versitygw',
          image: 'ghcr.io/versity/versitygw:v1.8.0',
          env: [
            { name: 'ROOT_ACCESS_KEY', value: localStore.keys.BACKUP_S3_KEY },
            { name: 'ROOT_SECRET_KEY', value: localStore.keys.BACKUP_S3_SECRET },
          ],
          args: [
            ...['--port', ':7070', '--cert', '/tls/tls.crt', '--key', '/tls/tls.key', '--iam-dir', '/tmp'],
            ...['posix', '--sidecar', '/data/metadata', '/data/buckets'],
          ],
          ports: [{ name: 'https', containerPort: 7070 }],
          size,
          volumeMounts: [...volumeMounts, { name: 'tls', mountPath: '/tls', readOnly: true }],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'tls', secret: { secretName: certificate, defaultMode: 0o440 } },
      ],
    },
  );
  const chart = new Chart(scope, 'object-store');
  new k8s.KubeNamespace(chart, 'namespace', {
    metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  new k8s.KubeServiceAccount(chart, 'service-account', { metadata: maker });
  new k8s.KubeRole(chart, 'role', { metadata: maker, rules });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata: maker,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: maker.name },
    subjects: [{ kind: 'ServiceAccount', ...maker }],
  });
  new k8s.KubeJob(chart, 'job', {
    metadata: maker,
    spec: { backoffLimit: withoutEnd, template: { spec: { ...certificateJob, restartPolicy: 'OnFailure' } } },
  });
  new k8s.KubePersistentVolumeClaim(chart, 'claim', {
    metadata: { name: 'data', namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: k8s.Quantity.fromString('5Gi') } },
    },
  });
  new k8s.KubeService(chart, 'service', {
    metadata,
    spec: {
      selector: metadata.labels,
      ports: [{ port: 7070, targetPort: k8s.IntOrString.fromString('https') }],
    },
  });
  new k8s.KubeDeployment(chart, 'deployment', {
    metadata,
    spec: {
      strategy: { type: 'Recreate' },
      selector: { matchLabels: metadata.labels },
      template: { metadata: { labels: metadata.labels }, spec: server },
    },
  });
  return chart;
}
