import { k8s } from 'cdk8s-plus-27';
import type { AnyEnvironment } from '../../environments/environment.ts';
import {
  agreementSeconds,
  agreeToStop,
  configuration,
  configure,
  home,
  logsMebibytes,
  markAsFormed,
  passwordOf,
} from '../configuration/elasticsearch.ts';
import { emptyFolder, type HardenedContainer, hardenedPod, inMemory } from '../lib/hardened-pod.ts';
import { toDns } from '../lib/outside.ts';
import { applicationSecrets, credentialFile, secretFile, secretFiles } from '../lib/secret-file.ts';
import { Service } from '../lib/service.ts';
import { StatefulSet } from '../lib/stateful-set.ts';
import { tlsSecret, tlsVolume } from '../lib/tls.ts';
import { elasticsearchUsers } from '../lib/users.ts';
import { to, type Workload } from '../lib/workload.ts';

const passwordPath = '/run/secrets/coped';
/** The image's files belong to the root group; its processes need not be root. */
const imageGroupId = 0;
/** Share of the memory limit; the rest is for the JVM itself and for buffers outside the heap. */
const heapShare = 0.4;
/** Longest time that a node needs to stop, once it has agreed to. */
const stopSeconds = 60;

/** Elasticsearch: one node, or three that share the index. The published image is configured through mounts. */
export const elasticsearch: Workload<'elasticsearch', 'http' | 'transport' | 'readiness'> = {
  name: 'elasticsearch',
  description: 'Elasticsearch 8.19; each pod has a volume',
  order: 31,
  tier: 'data',
  ports: {
    http: 9200,
    /** Between the nodes. */
    transport: 9300,
    /** Open while the node is part of a cluster that has a master. */
    readiness: 8080,
  },
  opens: (environment) =>
    environment.elasticsearch.nodes === 1
      ? []
      : [
          to(elasticsearch, 'transport', 'the nodes share the index'),
          to(elasticsearch, 'http', 'a new node looks whether there is a cluster to join'),
          ...toDns(environment),
        ],
  forApplication: ({ elasticsearch: { tls } }, role) => ({
    connection: to(elasticsearch, 'http', 'the search index is in Elasticsearch'),
    settings: {
      ELASTIC_HOSTNAME: elasticsearch.name,
      ELASTIC_PORT: `${elasticsearch.ports.http}`,
      ELASTIC_USER: role === 'migrator' ? elasticsearchUsers.indexer : elasticsearchUsers.app,
      ELASTIC_PASSWORD: { credential: role === 'migrator' ? 'ELASTIC_INDEXER_PASSWORD' : 'ELASTIC_PASSWORD' },
      ...(tls && { ELASTIC_CA_FILE: `${applicationSecrets}/elasticsearch-ca.crt` }),
    },
    files: tls ? [secretFile(tlsSecret(elasticsearch), 'ca.crt', 'elasticsearch-ca.crt')] : [],
  }),
  certificateFor: (environment) => (environment.elasticsearch.tls ? ['elasticsearch'] : undefined),
  objects: (chart) => {
    const { environment } = chart;
    const { nodes, tls, ...size } = environment.elasticsearch;
    const files = configuration(elasticsearch, environment);
    new k8s.KubeConfigMap(chart, 'configuration', { metadata: { name: 'elasticsearch' }, data: files });
    new Service(chart, 'service', { targetPort: 'http' });
    new StatefulSet(chart, 'stateful-set', {
      replicas: nodes,
      size,
      port: 'http',
      configuration: files,
      pod: hardenedPod(chart, {
        runAsGroup: imageGroupId,
        terminationGracePeriodSeconds: (nodes > 1 ? agreementSeconds : 0) + stopSeconds,
        initContainers: [configurationFolder(environment), users(environment)],
        containers: [node(environment)],
        volumes: [
          emptyFolder('logs', logsMebibytes),
          inMemory('config', 16),
          { name: 'configuration', configMap: { name: 'elasticsearch' } },
          // Each user's password as a file of the user's name.
          secretFiles(
            'passwords',
            Object.entries(passwordOf).map(([user, credential]) => credentialFile(credential, user)),
          ),
          ...(tls ? [tlsVolume(elasticsearch)] : []),
        ],
      }),
    });
  },
};

const configMount = { name: 'config', mountPath: '/config' };
const dataMount = { name: 'data', mountPath: `${home}/data` };
const passwordsMount = { name: 'passwords', mountPath: passwordPath, readOnly: true };

function toolSize({ elasticsearch: { cpuMillicores } }: AnyEnvironment): HardenedContainer['size'] {
  return { cpuMillicores, memoryMebibytes: 128 };
}

/** Creates the configuration folder from the image's own files and those of the ConfigMap. */
function configurationFolder(environment: AnyEnvironment): HardenedContainer {
  return {
    name: 'configure',
    image: environment.images.elasticsearch,
    command: ['bash', '-euc', configure(elasticsearch, environment, passwordPath)],
    size: toolSize(environment),
    volumeMounts: [
      configMount,
      { name: 'configuration', mountPath: '/configuration', readOnly: true },
      ...(environment.elasticsearch.nodes > 1 ? [dataMount, passwordsMount] : []),
    ],
  };
}

/** Adds the users of the file realm to that folder. */
function users(environment: AnyEnvironment): HardenedContainer {
  return {
    name: 'users',
    image: environment.images.credentials,
    command: ['write-elasticsearch-users'],
    args: [passwordPath, configMount.mountPath, ...Object.keys(passwordOf)],
    size: toolSize(environment),
    volumeMounts: [configMount, passwordsMount],
  };
}

function node(environment: AnyEnvironment): HardenedContainer {
  const { nodes, tls, memoryMebibytes } = environment.elasticsearch;
  const { ports } = elasticsearch;
  const heap = `${Math.floor(memoryMebibytes * heapShare)}m`;
  const ready = { tcpSocket: { port: k8s.IntOrString.fromString('readiness') } };
  const started =
    nodes > 1 ? { exec: { command: ['bash', '-c', markAsFormed(elasticsearch)] }, timeoutSeconds: 5 } : ready;
  return {
    name: 'elasticsearch',
    image: environment.images.elasticsearch,
    size: environment.elasticsearch,
    env: [
      { name: 'ES_JAVA_OPTS', value: `-Xms${heap} -Xmx${heap}` },
      { name: 'ES_TMPDIR', value: '/tmp' },
    ],
    ports: [
      { name: 'http', containerPort: ports.http },
      ...(nodes > 1 ? [{ name: 'transport', containerPort: ports.transport }] : []),
      { name: 'readiness', containerPort: ports.readiness },
    ],
    volumeMounts: [
      dataMount,
      { name: 'logs', mountPath: `${home}/logs` },
      { name: 'config', mountPath: `${home}/config` },
      ...(tls ? [{ name: 'tls', mountPath: `${home}/config/tls`, readOnly: true }] : []),
    ],
    // No liveness probe: a node that is busy recovering must not be killed. Fifteen minutes: under load a start took
    // six.
    startupProbe: { ...started, periodSeconds: 2, failureThreshold: 450 },
    readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 3 },
    ...(nodes > 1 && {
      lifecycle: {
        preStop: {
          exec: { command: ['bash', `config/${agreeToStop}`, `${nodes}`, `${agreementSeconds}`] },
        },
      },
    }),
  };
}
