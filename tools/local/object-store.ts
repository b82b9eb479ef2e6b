import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { hardenedPod } from '../../charts/lib/hardened-pod.ts';
import { allow } from '../../charts/lib/workload.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { LocalImage, ObjectStore } from '../../environments/environment.ts';
import {
  type Cluster,
  cluster,
  confirmLocalCluster,
  get,
  kindContext,
  secretValue,
} from '../cluster/cluster.ts';
import type { Service } from '../cluster/objects.ts';
import { requirePrograms } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';
import { buildImage, loadImage, localImages } from './images.ts';
import { localClusterExists, remember, requireAnswer } from './kind.ts';

/**
 * Where an object store for backups may run on the local cluster: Service `s3`, with its certificate in Secret `s3-tls` and
 * the bucket `backups`.
 */
const namespace = 'objectstore';
const service = 's3';
const certificate = 's3-tls';
const bucket = 'backups';

/** ConfigMap in the environment's namespace with the authority that signed the store's certificate. */
const authority = 'object-store-ca';

/** The object store of the local cluster, if it runs one. */
export async function localObjectStore(local: Cluster): Promise<ObjectStore | undefined> {
  const found = await get<Service>(local, ['service', service, '--namespace', namespace]);
  const [port] = found?.spec.ports ?? [];
  if (port === undefined) return undefined;
  return {
    host: `${service}.${namespace}.svc`,
    port: port.port,
    region: 'us-east-1',
    bucket,
    uriStyle: 'path',
    caConfigMap: authority,
    reachedAt: { namespace },
  };
}

/** Gives the environment's pods the authority that signed the local store's certificate. */
export async function provideAuthority(local: Cluster, name: EnvironmentName): Promise<void> {
  const ca = await secretValue(local, namespace, certificate, 'ca.crt');
  await local.kubectl(['apply', '--filename', `dist/${name}/00-namespace.yaml`]);
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: authority,
      namespace: environments[name].namespace,
      labels: { 'app.kubernetes.io/part-of': 'coped' },
    },
    data: { 'ca.crt': ca },
  };
  await local.kubectl(['apply', '--filename', '-'], { input: JSON.stringify(configMap) });
}

/** Its keys are no secret: the store is reached from the local cluster only, and holds backups of trials. */
const keys = { BACKUP_S3_KEY: 'objectstore', BACKUP_S3_SECRET: 'objectstore-secret' } as const;

/** `npm run object-store`: runs an S3 object store on the local cluster, so that backups can be tried there. */
export async function objectStoreCommand(options: { readonly yes: boolean }): Promise<void> {
  await requirePrograms('docker', 'kind', 'kubectl');
  await confirmLocalCluster(options.yes);
  const local = cluster(kindContext);
  if (!(await localClusterExists()))
    throw new UserError('there is no local cluster yet\nmake it with: npm run up');
  await requireAnswer(local);
  if (await localObjectStore(local)) {
    console.log(`the local cluster has an object store already, in the namespace ${namespace}`);
    return;
  }
  const [image] = localImages('staging', ['credentials']);
  if (!image) throw new Error('no build of the image credentials');
  await buildImage(image, () => {});
  await remember(local, (await loadImage(local, image, () => {})).notes);
  await local.kubectl(['apply', '--filename', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests(image.reference) }),
  });
  await local.kubectl([
    'rollout',
    'status',
    `deployment/${service}`,
    '--namespace',
    namespace,
    '--timeout',
    '300s',
  ]);
  console.log(
    `the object store runs: https://${service}.${namespace}.svc, bucket ${bucket}\n` +
      'put its keys into the env file, then run `npm run up` of the environment again:\n' +
      Object.entries(keys)
        .map(([name, value]) => `  ${name}=${value}`)
        .join('\n'),
  );
}

/**
 * versitygw, which serves a folder by S3's protocol, and a Job that makes its certificate.
 *
 * @see https://github.com/versity/versitygw/wiki
 */
function manifests(credentialsImage: LocalImage): object[] {
  const metadata = { name: service, namespace, labels: { 'app.kubernetes.io/name': service } };
  const maker = { name: 'certificates', namespace };
  const rules = [allow('secrets', ['create', 'get', 'update'])];
  const size = { cpuMillicores: 10, memoryMebibytes: 128 };
  const volumeMounts = [{ name: 'data', mountPath: '/data' }];
  const certificateJob = hardenedPod(
    { name: maker.name, mayDo: () => rules },
    {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'renew-certificates',
          image: credentialsImage,
          command: ['renew-certificates'],
          args: [`${service}=${service}.${namespace}.svc`],
          size,
        },
      ],
    },
  );
  const server = hardenedPod(
    { name: 'default' },
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
            { name: 'ROOT_ACCESS_KEY', value: keys.BACKUP_S3_KEY },
            { name: 'ROOT_SECRET_KEY', value: keys.BACKUP_S3_SECRET },
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
  const chart = new Chart(new App(), 'object-store');
  new k8s.KubeNamespace(chart, 'namespace', {
    metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  new k8s.KubeServiceAccount(chart, 'service-account', { metadata: maker });
  new k8s.KubeRole(chart, 'role', {
    metadata: maker,
    rules,
  });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata: maker,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: maker.name },
    subjects: [{ kind: 'ServiceAccount', ...maker }],
  });
  new k8s.KubeJob(chart, 'job', { metadata: maker, spec: { template: { spec: certificateJob } } });
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
  return chart.toJson();
}
