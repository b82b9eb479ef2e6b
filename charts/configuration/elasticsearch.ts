import { readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { clusterOf } from '../../environments/cluster.ts';
import type { CredentialName } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { headlessName, podNames } from '../lib/stateful-set.ts';
import { elasticsearchUsers } from '../lib/users.ts';
import type { Workload } from '../lib/workload.ts';

/** Folder of the image that contains `config`, `data` and `logs`. */
export const home = '/usr/share/elasticsearch';
/** Program that a node runs before it stops. */
export const agreeToStop = 'agree-to-stop.sh';
const agreeToStopScript = readFileSync(new URL(agreeToStop, import.meta.url), 'utf8');
/** Longest time that it waits until the cluster can do without the node. */
export const agreementSeconds = 120;

/** Size of the volume of logs, in MiB. Only the log of garbage collection is there: the image writes all others to its output. */
export const logsMebibytes = 256;
/** Options of the JVM, which come after those of the image. */
const boundedFiles = 'bounded-files.options';

/** The workload, as far as the files name it. */
type Elasticsearch = Workload<'elasticsearch', 'http' | 'readiness'>;

/** The users of the file realm; each has the role of its own name. */
export const passwordOf: Record<
  (typeof elasticsearchUsers)[keyof typeof elasticsearchUsers],
  CredentialName
> = {
  [elasticsearchUsers.app]: 'ELASTIC_PASSWORD',
  [elasticsearchUsers.indexer]: 'ELASTIC_INDEXER_PASSWORD',
  [elasticsearchUsers.snapshot]: 'ELASTIC_SNAPSHOT_PASSWORD',
  [elasticsearchUsers.monitor]: 'ELASTIC_MONITOR_PASSWORD',
};

/** The files that a node finds in its configuration folder, in addition to those of the image. */
export function configuration(workload: Elasticsearch, environment: AnyEnvironment): Record<string, string> {
  return {
    'elasticsearch.yml': dump(settings(workload, environment)),
    'roles.yml': dump(roles, { noRefs: true }),
    [boundedFiles]: jvmOptions.map((option) => `${option}\n`).join(''),
    ...(environment.elasticsearch.nodes > 1 && {
      [agreeToStop]: agreeToStopScript.replace('HTTP_PORT', `${workload.ports.http}`),
    }),
  };
}

/**
 * The files that the JVM writes, within the volume of logs. The image's own options would keep 32 files of 64 MB there, and
 * write the whole heap when it is full.
 *
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/jvm-options.html
 */
const jvmOptions = [
  // Another name than the image's: what is in that file at a start would be kept within the image's bounds.
  '-Xlog:disable',
  '-Xlog:all=warning:stderr:utctime,level,tags',
  // With the seven that are kept, half of the volume.
  `-Xlog:gc*,gc+age=trace,safepoint:file=${home}/logs/garbage-collection.log:utctime,level,pid,tags:filecount=7,filesize=16m`,
  '-XX:-HeapDumpOnOutOfMemoryError',
  // What it says of a crash goes to the output too.
  '-XX:+ErrorFileToStderr',
];

/** @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/settings.html */
function settings(workload: Elasticsearch, environment: AnyEnvironment): object {
  return {
    'cluster.name': environment.namespace,
    'network.host': '0.0.0.0',
    ...discovery(workload, environment),
    // Memory-mapped files need a kernel setting that only a privileged pod could change.
    'node.store.allow_mmap': false,
    'readiness.port': workload.ports.readiness,
    'xpack.security.autoconfiguration.enabled': false,
    'xpack.security.enrollment.enabled': false,
    ...tls('xpack.security.http.ssl', environment),
    ...tls('xpack.security.transport.ssl', environment),
    // Users come from files that are written before the start, so there is no superuser `elastic`.
    'xpack.security.authc.realms.file.users.order': 0,
    'xpack.security.authc.realms.native.unused.enabled': false,
    'xpack.security.authc.realms.native.unused.order': 1,
    'xpack.security.authc.reserved_realm.enabled': false,
    'xpack.ml.enabled': false,
    // With them a node takes no shard when its disk is nearly full, as a laptop's often is.
    'cluster.routing.allocation.disk.threshold_enabled': environment.address.kind !== 'local',
  };
}

/** @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/discovery-settings.html */
function discovery(workload: Elasticsearch, environment: AnyEnvironment): object {
  if (environment.elasticsearch.nodes === 1) return { 'discovery.type': 'single-node' };
  const headless = headlessName(workload);
  return {
    'discovery.seed_hosts': [headless],
    // A name, because certificates hold no addresses. From /etc/hosts, because DNS may still return the previous
    // address.
    'network.publish_host': `\${HOSTNAME}.${headless}.${environment.namespace}.svc.${clusterOf(environment).domain}`,
  };
}

/**
 * A renewed certificate takes effect without a restart: the node watches the folder.
 *
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/security-settings.html
 */
function tls(prefix: string, environment: AnyEnvironment): object {
  if (!environment.elasticsearch.tls) return { [`${prefix}.enabled`]: false };
  return {
    [`${prefix}.enabled`]: true,
    [`${prefix}.verification_mode`]: 'full',
    [`${prefix}.supported_protocols`]: ['TLSv1.3'],
    [`${prefix}.certificate`]: 'tls/tls.crt',
    [`${prefix}.key`]: 'tls/tls.key',
    [`${prefix}.certificate_authorities`]: ['tls/ca.crt'],
  };
}

const applicationIndices = ['coped-*'];

/**
 * What each user may do. Anything else is answered with 403.
 *
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/security-privileges.html
 */
const roles: Record<keyof typeof passwordOf, object> = {
  [elasticsearchUsers.app]: {
    indices: [{ names: applicationIndices, privileges: ['read', 'write', 'view_index_metadata'] }],
  },
  [elasticsearchUsers.indexer]: {
    cluster: ['monitor'],
    indices: [{ names: applicationIndices, privileges: ['manage', 'read', 'write'] }],
  },
  [elasticsearchUsers.snapshot]: {
    cluster: ['monitor', 'cluster:admin/repository/*', 'cluster:admin/snapshot/*'],
    indices: [{ names: applicationIndices, privileges: ['view_index_metadata'] }],
  },
  [elasticsearchUsers.monitor]: { cluster: ['monitor'] },
};

/**
 * Creates the configuration folder: the image's own files, and ours on top. A node that has never been part of a
 * cluster may form one with the others, unless a cluster already answers (docs/decisions/0013-elasticsearch-nodes.md).
 *
 * @see https://www.elastic.co/guide/en/elasticsearch/reference/8.19/modules-discovery-bootstrap-cluster.html
 */
export function configure(
  workload: Elasticsearch,
  { elasticsearch }: AnyEnvironment,
  passwordPath: string,
): string {
  const { nodes } = elasticsearch;
  const copy = [
    'umask 077',
    `cp -R ${home}/config/. /config`,
    'cp /configuration/* /config',
    `mv /config/${boundedFiles} /config/jvm.options.d`,
  ];
  if (nodes === 1) return copy.join('\n');
  const names = podNames(workload, nodes);
  return [
    ...copy,
    // The present password: when agree-to-stop.sh asks, the Secret may hold a newer one than the node knows.
    `printf 'user = "%s:%s"\\n' ${elasticsearchUsers.monitor} "$(cat ${passwordPath}/${elasticsearchUsers.monitor})" >/config/monitor.curl`,
    'if [ -e data/cluster-formed ]; then echo "this node was part of a cluster before"',
    `elif timeout 5 bash -c 'exec 3<>/dev/tcp/${workload.name}/${workload.ports.http}' 2>/dev/null; then echo "a cluster is there to join"`,
    `else echo "first start: may form a cluster"; echo 'cluster.initial_master_nodes: ${JSON.stringify(names)}' >>/config/elasticsearch.yml; fi`,
  ].join('\n');
}

/** Succeeds as soon as the node is part of a cluster, and leaves the mark that `configure` looks for. */
export function markAsFormed(workload: Elasticsearch): string {
  return `exec 3<>/dev/tcp/127.0.0.1/${workload.ports.readiness} && touch data/cluster-formed`;
}
