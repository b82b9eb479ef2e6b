import { k8s } from 'cdk8s-plus-27';
import type { Redis } from '../../environments/contract.ts';
import {
  redisCli,
  redisConfiguration,
  redisDataPath,
  redisPasswordPath,
  redisTlsPath,
} from '../configuration/redis.ts';
import { Deployment } from '../lib/deployment.ts';
import { type HardenedContainer, hardenedPod } from '../lib/hardened-pod.ts';
import { contentHash } from '../lib/names.ts';
import { applicationSecrets, credentialFile, secretFile, secretFiles } from '../lib/secret-file.ts';
import { Service } from '../lib/service.ts';
import { StatefulSet } from '../lib/stateful-set.ts';
import { tlsSecret, tlsVolume } from '../lib/tls.ts';
import { to, type Workload } from '../lib/workload.ts';
import type { WorkloadChart } from '../lib/workload-chart.ts';

/** Redis, if the application uses one: a queue of tasks, or a cache. A single pod. */
export const redis: Workload<'redis', 'redis'> = {
  name: 'redis',
  description: 'Redis, for an application that has tasks or a cache',
  order: 32,
  tier: 'data',
  ports: { redis: 6379 },
  isIn: ({ application }) => application.redis !== undefined,
  opens: () => [],
  forApplication: () => ({
    connection: to(redis, 'redis', 'tasks and cached values are in Redis'),
    settings: {
      REDIS_HOST: redis.name,
      REDIS_PORT: `${redis.ports.redis}`,
      REDIS_PASSWORD: { credential: 'REDIS_PASSWORD' },
      REDIS_CA_FILE: `${applicationSecrets}/redis-ca.crt`,
    },
    files: [secretFile(tlsSecret(redis), 'ca.crt', 'redis-ca.crt')],
  }),
  certificateFor: ({ application }) => (application.redis ? ['redis'] : undefined),
  objects: (chart) => {
    const { redis: size } = chart.environment.application;
    if (!size) return;
    const configuration = { 'redis.conf': redisConfiguration(redis.ports.redis, size) };
    // The name changes with the content, so that the pod restarts.
    const configMap = `redis-${contentHash(configuration)}`;
    new k8s.KubeConfigMap(chart, 'configuration', { metadata: { name: configMap }, data: configuration });
    new Service(chart, 'service', { targetPort: 'redis' });
    const pod = hardenedPod(chart, {
      containers: [server(chart, size)],
      volumes: [
        { name: 'configuration', configMap: { name: configMap } },
        secretFiles('password', [credentialFile('REDIS_PASSWORD', 'password')]),
        tlsVolume(redis),
      ],
    });
    const { storageGibibytes } = size;
    if (storageGibibytes === undefined)
      new Deployment(chart, 'deployment', { replicas: 1, strategy: 'Recreate', pod });
    else
      new StatefulSet(chart, 'stateful-set', {
        replicas: 1,
        size: { ...size, storageGibibytes },
        port: 'redis',
        configuration,
        pod,
      });
  },
};

function server({ environment }: WorkloadChart, size: Redis): HardenedContainer {
  const probe = (expected: string): k8s.Probe => ({
    exec: { command: ['sh', '-c', `${redisCli('ping')} 2>&1 | grep --quiet ${expected}`] },
    timeoutSeconds: 5,
  });
  return {
    name: 'redis',
    image: environment.images.redis,
    size,
    ports: [{ name: 'redis', containerPort: redis.ports.redis }],
    volumeMounts: [
      { name: 'configuration', mountPath: '/etc/coped-redis', readOnly: true },
      { name: 'password', mountPath: redisPasswordPath, readOnly: true },
      { name: 'tls', mountPath: redisTlsPath, readOnly: true },
      ...(size.storageGibibytes === undefined ? [] : [{ name: 'data', mountPath: redisDataPath }]),
    ],
    readinessProbe: { ...probe('PONG'), periodSeconds: 5, failureThreshold: 2 },
    // Any answer is one of a server that lives: while it loads its file it says so.
    livenessProbe: { ...probe("'PONG\\|LOADING'"), periodSeconds: 10, failureThreshold: 6 },
  };
}
