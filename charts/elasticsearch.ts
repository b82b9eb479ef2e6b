import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { credentials, hasElasticsearchTls } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import {
  agreementSeconds,
  agreeToStop,
  configuration,
  configure,
  home,
  markAsFormed,
  passwordOf,
  readinessPort,
} from './elasticsearch-configuration.ts';
import { DataStatefulSet, dataClaim, dataServices, headlessName } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentHash, labels, ports, selector } from './lib/names.ts';
import { serviceAccount } from './lib/service-account.ts';
import { tlsVolume } from './lib/tls.ts';

const passwordPath = '/run/secrets/coped';
const portName = 'http';
/** The image's files belong to the root group; its processes need not be root. */
const imageGroupId = 0;
/** Of the memory limit; the rest is for the JVM's own needs and buffers outside the heap. */
const heapShare = 0.4;
/** What a node needs at most to stop, once it has agreed to. */
const stopSeconds = 60;

/** Elasticsearch: one node, or three that share the index, of the published image, configured by mounts. */
export function elasticsearch(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '31-elasticsearch', { namespace: environment.namespace });
  const metadata = { name: 'elasticsearch', labels: labels(environment, 'elasticsearch') };
  const matchLabels = selector(environment, 'elasticsearch');
  const config = configuration(environment);
  const size = environment.elasticsearch;
  const hasPeers = size.nodes > 1;
  const heap = `${Math.floor(size.memoryMebibytes * heapShare)}m`;
  const ready = { tcpSocket: { port: k8s.IntOrString.fromString('readiness') } };
  const started = hasPeers ? { exec: { command: ['bash', '-c', markAsFormed] }, timeoutSeconds: 5 } : ready;
  const hasTls = hasElasticsearchTls(environment);
  const toolSize = { cpuMillicores: size.cpuMillicores, memoryMebibytes: 128 };
  const configMount = { name: 'config', mountPath: '/config' };
  const dataMount = { name: 'data', mountPath: `${home}/data` };
  const passwordsMount = { name: 'passwords', mountPath: passwordPath, readOnly: true };

  serviceAccount(chart, environment, 'elasticsearch');
  new k8s.KubeConfigMap(chart, 'configuration', { metadata, data: config });
  dataServices(chart, environment, 'elasticsearch', portName);
  if (hasPeers) {
    new k8s.KubePodDisruptionBudget(chart, 'disruption-budget', {
      metadata,
      spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels } },
    });
  }
  new DataStatefulSet(chart, 'stateful-set', {
    metadata,
    spec: {
      replicas: size.nodes,
      serviceName: headlessName('elasticsearch'),
      podManagementPolicy: 'Parallel',
      selector: { matchLabels },
      template: {
        metadata: {
          labels: labels(environment, 'elasticsearch'),
          annotations: { 'coped/configuration-hash': contentHash(config) },
        },
        spec: hardenedPod({
          serviceAccountName: 'elasticsearch',
          runAsGroup: imageGroupId,
          terminationGracePeriodSeconds: (hasPeers ? agreementSeconds : 0) + stopSeconds,
          ...(hasPeers && {
            topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(spread),
          }),
          initContainers: [
            {
              name: 'configure',
              image: environment.images.elasticsearch,
              command: ['bash', '-euc', configure(environment, passwordPath)],
              size: toolSize,
              volumeMounts: [
                configMount,
                { name: 'configuration', mountPath: '/configuration', readOnly: true },
                ...(hasPeers ? [dataMount, passwordsMount] : []),
              ],
            },
            {
              name: 'users',
              image: environment.images.credentials,
              command: ['write-elasticsearch-users'],
              args: [passwordPath, configMount.mountPath, ...Object.keys(passwordOf)],
              size: toolSize,
              volumeMounts: [configMount, passwordsMount],
            },
          ],
          containers: [
            {
              name: 'elasticsearch',
              image: environment.images.elasticsearch,
              size,
              env: [
                { name: 'ES_JAVA_OPTS', value: `-Xms${heap} -Xmx${heap}` },
                { name: 'ES_TMPDIR', value: '/tmp' },
              ],
              ports: [
                { name: portName, containerPort: ports.elasticsearch },
                ...(hasPeers ? [{ name: 'transport', containerPort: ports['elasticsearch-transport'] }] : []),
                { name: 'readiness', containerPort: readinessPort },
              ],
              volumeMounts: [
                dataMount,
                { name: 'logs', mountPath: `${home}/logs` },
                { name: 'config', mountPath: `${home}/config` },
                ...(hasTls ? [{ name: 'tls', mountPath: `${home}/config/tls`, readOnly: true }] : []),
              ],
              // No liveness probe: a node that is busy recovering must not be killed for it.
              startupProbe: { ...started, periodSeconds: 2, failureThreshold: 150 },
              readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 3 },
              ...(hasPeers && {
                lifecycle: {
                  preStop: {
                    exec: {
                      command: ['bash', `config/${agreeToStop}`, `${size.nodes}`, `${agreementSeconds}`],
                    },
                  },
                },
              }),
            },
          ],
          volumes: [
            { name: 'logs', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
            {
              name: 'config',
              emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('16Mi') },
            },
            { name: 'configuration', configMap: { name: 'elasticsearch' } },
            { name: 'passwords', projected: { sources: passwords(), defaultMode: 0o440 } },
            ...(hasTls ? [tlsVolume('elasticsearch')] : []),
          ],
        }),
      },
      volumeClaimTemplates: [dataClaim(environment, 'elasticsearch', size)],
    },
  });

  /** Apart where there is room for it: a cluster of one machine must still start. */
  function spread(topologyKey: string): k8s.TopologySpreadConstraint {
    return { topologyKey, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels } };
  }
}

/** Each user's password as a file of the user's name. */
function passwords(): k8s.VolumeProjection[] {
  return Object.entries(passwordOf).map(([user, name]) => {
    const { secret, key } = credentials[name];
    return { secret: { name: secret, items: [{ key, path: user }] } };
  });
}
