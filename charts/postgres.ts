import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { credentials } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { applicationUser } from './lib/application.ts';
import { DataStatefulSet, dataClaim, dataServices, headlessName } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentHash, labels, ports, selector } from './lib/names.ts';
import { archiveSettings, backupServer, pgbackrestContainer, pgbackrestVolumes } from './lib/pgbackrest.ts';
import { serviceAccount } from './lib/service-account.ts';
import { tlsVolume } from './lib/tls.ts';
import { backupsOf } from './connections.ts';

const configPath = '/etc/postgresql/coped';
const passwordPath = '/run/secrets/coped';
const portName = 'postgres';

/** Postgres: one member with a volume of its own. */
export function postgres(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '30-postgres', { namespace: environment.namespace });
  const metadata = { name: 'postgres', labels: labels(environment, 'postgres') };
  const backups = backupsOf(environment);
  const archive = backups && pgbackrestContainer(backups, 'member');
  const config = configuration(environment.postgres.memoryMebibytes, backups !== undefined);
  const { secret, key } = credentials.SQL_PASSWORD;

  serviceAccount(chart, environment, 'postgres');
  new k8s.KubeConfigMap(chart, 'configuration', { metadata, data: config });
  dataServices(chart, environment, 'postgres', portName);

  const mounts = [
    { name: 'data', mountPath: '/var/lib/postgresql/data' },
    { name: 'run', mountPath: '/run/postgresql' },
    { name: 'shared-memory', mountPath: '/dev/shm' },
    { name: 'configuration', mountPath: configPath, readOnly: true },
    ...(archive?.volumeMounts ?? []),
  ];
  const ready = { exec: { command: ['pg_isready', '--quiet', '--host', '127.0.0.1'] }, timeoutSeconds: 5 };
  new DataStatefulSet(chart, 'stateful-set', {
    metadata,
    spec: {
      replicas: 1,
      serviceName: headlessName('postgres'),
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector(environment, 'postgres') },
      template: {
        metadata: {
          labels: labels(environment, 'postgres'),
          annotations: { 'coped/configuration-hash': contentHash(config) },
        },
        spec: hardenedPod({
          serviceAccountName: 'postgres',
          terminationGracePeriodSeconds: 300,
          initContainers: [
            {
              name: 'prepare',
              image: environment.images.postgres,
              command: ['prepare-postgres'],
              env: [
                ...(archive?.env ?? []),
                { name: 'POSTGRES_USER', value: applicationUser },
                { name: 'POSTGRES_DATABASE', value: applicationUser },
                { name: 'POSTGRES_PASSWORD_FILE', value: `${passwordPath}/${key}` },
              ],
              size: environment.postgres,
              volumeMounts: [...mounts, { name: 'password', mountPath: passwordPath, readOnly: true }],
            },
          ],
          containers: [
            {
              name: 'postgres',
              image: environment.images.postgres,
              size: environment.postgres,
              ports: [{ name: portName, containerPort: ports.postgres }],
              env: archive?.env ?? [],
              volumeMounts: mounts,
              startupProbe: { ...ready, periodSeconds: 1, failureThreshold: 300 },
              livenessProbe: { ...ready, periodSeconds: 10, failureThreshold: 6 },
              readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
            },
            ...(backups ? [backupServer(environment)] : []),
          ],
          volumes: [
            ...(backups ? [...pgbackrestVolumes(backups), tlsVolume('postgres')] : []),
            { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('16Mi') } },
            {
              name: 'shared-memory',
              emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('128Mi') },
            },
            { name: 'configuration', configMap: { name: 'postgres' } },
            { name: 'password', secret: { secretName: secret, defaultMode: 0o440 } },
          ],
        }),
      },
      volumeClaimTemplates: [dataClaim(environment, 'postgres', environment.postgres)],
    },
  });
}

/**
 * Postgres' files of settings, sized from the memory that the container may use.
 *
 * @see https://www.postgresql.org/docs/17/runtime-config-resource.html
 * @see https://www.postgresql.org/docs/17/auth-pg-hba-conf.html
 */
function configuration(memoryMebibytes: number, archive: boolean): Record<string, string> {
  return {
    'postgresql.conf': lines(
      `hba_file = '${configPath}/pg_hba.conf'`,
      `ident_file = '${configPath}/pg_ident.conf'`,
      `listen_addresses = '*'`,
      `port = ${ports.postgres}`,
      `unix_socket_directories = '/run/postgresql'`,
      'max_connections = 100',
      'password_encryption = scram-sha-256',
      `shared_buffers = ${Math.floor(memoryMebibytes / 4)}MB`,
      `effective_cache_size = ${Math.floor(memoryMebibytes / 2)}MB`,
      `log_line_prefix = '%m [%p] %q%u@%d '`,
      `log_timezone = 'UTC'`,
      `timezone = 'UTC'`,
      ...(archive ? Object.entries(archiveSettings).map(([k, v]) => `${k} = '${v}'`) : []),
    ),
    'pg_hba.conf': lines(
      '# The superuser comes over the socket of its own container only.',
      'local all             postgres            peer',
      `host  ${applicationUser}           ${applicationUser} all           scram-sha-256`,
      'host  all             all       all       reject',
    ),
    'pg_ident.conf': lines('# Nobody acts under another name.'),
  };
}

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`;
}
