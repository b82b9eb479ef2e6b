import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { dump } from 'js-yaml';
import { credentials } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { applicationUser } from './lib/application.ts';
import { DataStatefulSet, dataClaim, dataServices, headlessName } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentHash, labels, ports, selector } from './lib/names.ts';
import { serviceAccount } from './lib/service-account.ts';

const home = '/usr/share/elasticsearch';
const passwordPath = '/run/secrets/coped';
const portName = 'http';
/** The image's files belong to the root group; its processes need not be root. */
const imageGroupId = 0;
const applicationRole = 'coped_application';
/** Of the memory limit; the rest is for the JVM's own needs and buffers outside the heap. */
const heapShare = 0.4;

/** Elasticsearch: one node of the published image, configured by mounts, with a user for the application. */
export function elasticsearch(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '31-elasticsearch', { namespace: environment.namespace });
  const metadata = { name: 'elasticsearch', labels: labels(environment, 'elasticsearch') };
  const config = configuration(environment);
  const { secret, key } = credentials.ELASTIC_PASSWORD;
  const size = environment.elasticsearch;
  const heap = `${Math.floor(size.memoryMebibytes * heapShare)}m`;
  const readinessPort = { name: 'readiness', containerPort: 8080 };
  const ready = { tcpSocket: { port: k8s.IntOrString.fromString(readinessPort.name) } };

  serviceAccount(chart, environment, 'elasticsearch');
  new k8s.KubeConfigMap(chart, 'configuration', { metadata, data: config });
  dataServices(chart, environment, 'elasticsearch', portName);
  new DataStatefulSet(chart, 'stateful-set', {
    metadata,
    spec: {
      replicas: 1,
      serviceName: headlessName('elasticsearch'),
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector(environment, 'elasticsearch') },
      template: {
        metadata: {
          labels: labels(environment, 'elasticsearch'),
          annotations: { 'coped/configuration-hash': contentHash(config) },
        },
        spec: hardenedPod({
          serviceAccountName: 'elasticsearch',
          runAsGroup: imageGroupId,
          terminationGracePeriodSeconds: 120,
          initContainers: [
            {
              name: 'configure',
              image: environment.images.elasticsearch,
              command: ['sh', '-euc', configure(`${passwordPath}/${key}`)],
              env: [
                { name: 'ES_PATH_CONF', value: '/config' },
                { name: 'CLI_JAVA_OPTS', value: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1' },
              ],
              size: { cpuMillicores: size.cpuMillicores, memoryMebibytes: 512 },
              volumeMounts: [
                { name: 'config', mountPath: '/config' },
                { name: 'configuration', mountPath: '/configuration', readOnly: true },
                { name: 'password', mountPath: passwordPath, readOnly: true },
              ],
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
              ports: [{ name: portName, containerPort: ports.elasticsearch }, readinessPort],
              volumeMounts: [
                { name: 'data', mountPath: `${home}/data` },
                { name: 'logs', mountPath: `${home}/logs` },
                { name: 'config', mountPath: `${home}/config` },
              ],
              // No liveness probe: a node that is busy recovering must not be killed for it.
              startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 150 },
              readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 3 },
            },
          ],
          volumes: [
            { name: 'logs', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
            { name: 'config', emptyDir: { sizeLimit: k8s.Quantity.fromString('16Mi') } },
            { name: 'configuration', configMap: { name: 'elasticsearch' } },
            { name: 'password', secret: { secretName: secret, defaultMode: 0o440 } },
          ],
        }),
      },
      volumeClaimTemplates: [dataClaim(environment, 'elasticsearch', size)],
    },
  });
}

/** Makes the configuration folder: the image's own files, ours on top, a keystore, and the application's user. */
function configure(passwordFile: string): string {
  return [
    `cp -R ${home}/config/. /config`,
    'cp /configuration/* /config',
    // Left from before, when the node restarts and the pod's containers run again.
    'rm -f /config/elasticsearch.keystore',
    'elasticsearch-keystore create -s',
    `password=$(cat ${passwordFile})`,
    `printf '%s\\n%s\\n' "$password" "$password" | elasticsearch-users useradd ${applicationUser} -r ${applicationRole}`,
  ].join('\n');
}

/**
 * The node's settings and the application's role.
 *
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/settings.html
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/defining-roles.html
 */
function configuration(environment: AnyEnvironment): Record<string, string> {
  return {
    'elasticsearch.yml': dump({
      'cluster.name': environment.namespace,
      'network.host': '0.0.0.0',
      'discovery.type': 'single-node',
      // Mapped files need a kernel setting that only a privileged pod could make.
      'node.store.allow_mmap': false,
      'readiness.port': 8080,
      'xpack.security.autoconfiguration.enabled': false,
      'xpack.security.enrollment.enabled': false,
      'xpack.security.http.ssl.enabled': false,
      // Users come from the file that `configure` writes; so there is no `elastic` superuser.
      'xpack.security.authc.realms.file.users.order': 0,
      'xpack.security.authc.realms.native.unused.enabled': false,
      'xpack.security.authc.realms.native.unused.order': 1,
      'xpack.security.authc.reserved_realm.enabled': false,
      'xpack.ml.enabled': false,
      // A laptop's disk is often fuller than Elasticsearch likes.
      ...(environment.kind === 'dev' && { 'cluster.routing.allocation.disk.threshold_enabled': false }),
    }),
    'roles.yml': dump({
      [applicationRole]: {
        cluster: ['monitor'],
        indices: [
          { names: ['coped-*'], privileges: ['read', 'write', 'create_index', 'view_index_metadata'] },
        ],
      },
    }),
  };
}
