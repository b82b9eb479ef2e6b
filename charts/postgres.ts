import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type CredentialName, credentials } from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { backupsOf } from './connections.ts';
import { postgresRoles } from './lib/application.ts';
import { DataStatefulSet, dataClaim, dataServices, headlessName } from './lib/data-service.ts';
import { hardenedPod } from './lib/hardened-pod.ts';
import { contentHash, labels, ports, roleLabel, selector } from './lib/names.ts';
import { backupServer, dataPath, pgbackrestContainer, pgbackrestVolumes, tlsPath } from './lib/pgbackrest.ts';
import { serviceAccount } from './lib/service-account.ts';
import { tlsVolume } from './lib/tls.ts';
import { configuration, patroniConfigMaps, replicationRole, socketPath } from './postgres-configuration.ts';

const settingsPath = '/etc/patroni';
const passwordsPath = '/run/secrets/passwords';
const portName = 'postgres';

/** Which credential is the password of which role. */
const passwords: Readonly<Record<string, CredentialName>> = {
  [postgresRoles.app]: 'SQL_PASSWORD',
  [postgresRoles.migrator]: 'SQL_MIGRATOR_PASSWORD',
  [postgresRoles.reader]: 'SQL_READER_PASSWORD',
  [replicationRole]: 'SQL_REPLICATION_PASSWORD',
};

/** Postgres: members of a Patroni cluster, one of them the primary, each with a volume of its own. */
export function postgres(scope: Construct, environment: AnyEnvironment): void {
  const chart = new Chart(scope, '30-postgres', { namespace: environment.namespace });
  const { members } = environment.postgres;
  const metadata = { name: 'postgres', labels: labels(environment, 'postgres') };
  const settings = configuration(environment);

  serviceAccount(chart, environment, 'postgres');
  apiAccess(chart, environment);
  new k8s.KubeConfigMap(chart, 'configuration', { metadata, data: settings });
  dataServices(chart, environment, 'postgres', portName, { [roleLabel]: 'primary' });
  new k8s.KubeService(chart, 'replicas-service', {
    metadata: { ...metadata, name: 'postgres-replicas' },
    spec: {
      selector: { ...selector(environment, 'postgres'), [roleLabel]: 'replica' },
      ports: [{ name: portName, port: ports.postgres, targetPort: k8s.IntOrString.fromString(portName) }],
    },
  });
  if (members > 1) {
    // With one member it would only block the draining of nodes.
    new k8s.KubePodDisruptionBudget(chart, 'disruption-budget', {
      metadata,
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        selector: { matchLabels: selector(environment, 'postgres') },
      },
    });
  }

  new DataStatefulSet(chart, 'stateful-set', {
    metadata,
    spec: {
      replicas: members,
      serviceName: headlessName('postgres'),
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector(environment, 'postgres') },
      template: {
        metadata: {
          labels: labels(environment, 'postgres'),
          annotations: { 'coped/configuration-hash': contentHash(settings) },
        },
        spec: pod(environment),
      },
      volumeClaimTemplates: [dataClaim(environment, 'postgres', environment.postgres)],
    },
  });
}

function pod(environment: AnyEnvironment): k8s.PodSpec {
  const backups = backupsOf(environment);
  const archive = backups && pgbackrestContainer(backups, 'member');
  const rest = (path: string) => ({
    httpGet: { path, port: k8s.IntOrString.fromString('patroni'), scheme: 'HTTPS' },
    timeoutSeconds: 5,
  });
  return {
    ...hardenedPod({
      serviceAccountName: 'postgres',
      usesKubernetesApi: true,
      terminationGracePeriodSeconds: 300,
      containers: [
        {
          name: 'postgres',
          image: environment.images.postgres,
          size: environment.postgres,
          env: [
            { name: 'PATRONI_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'PATRONI_KUBERNETES_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'PATRONI_POSTGRESQL_CONNECT_ADDRESS', value: memberAddress(environment, ports.postgres) },
            { name: 'PATRONI_RESTAPI_CONNECT_ADDRESS', value: memberAddress(environment, ports.patroni) },
            { name: 'PATRONICTL_CONFIG_FILE', value: `${socketPath}/patroni.json` },
            ...(archive?.env ?? []),
          ],
          ports: [
            { name: portName, containerPort: ports.postgres },
            { name: 'patroni', containerPort: ports.patroni },
          ],
          volumeMounts: [
            { name: 'data', mountPath: dataPath },
            { name: 'run', mountPath: socketPath },
            { name: 'shared-memory', mountPath: '/dev/shm' },
            { name: 'settings', mountPath: settingsPath, readOnly: true },
            { name: 'tls', mountPath: tlsPath, readOnly: true },
            { name: 'passwords', mountPath: passwordsPath, readOnly: true },
            ...(archive?.volumeMounts ?? []),
          ],
          ...(environment.postgres.members > 1 && {
            lifecycle: { preStop: { exec: { command: ['agree-to-stop', '30'] } } },
          }),
          // Each second: the Service leads to a primary that was restarted only when this has succeeded.
          startupProbe: { ...rest('/liveness'), periodSeconds: 1, failureThreshold: 300 },
          livenessProbe: { ...rest('/liveness'), periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { ...rest('/readiness'), periodSeconds: 2, failureThreshold: 3 },
        },
        ...(backups ? [backupServer(environment)] : []),
      ],
      volumes: [
        ...(backups ? pgbackrestVolumes(backups) : []),
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('16Mi') } },
        {
          name: 'shared-memory',
          emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('128Mi') },
        },
        { name: 'settings', configMap: { name: 'postgres' } },
        tlsVolume('postgres'),
        {
          name: 'passwords',
          projected: {
            defaultMode: 0o440,
            sources: Object.entries(passwords).map(([role, credential]) => ({
              secret: {
                name: credentials[credential].secret,
                items: [{ key: credentials[credential].key, path: role }],
              },
            })),
          },
        },
      ],
    }),
    ...(environment.postgres.members > 1 && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: selector(environment, 'postgres') },
        },
      ],
    }),
  };
}

/** The name by which the other members reach this one; the certificate holds it. */
function memberAddress({ namespace }: AnyEnvironment, port: number): string {
  return `$(PATRONI_NAME).${headlessName('postgres')}.${namespace}:${port}`;
}

/**
 * What Patroni may do at the Kubernetes API: keep the cluster's state in ConfigMaps of its own and write on the
 * members' pods which role they have.
 *
 * @see https://patroni.readthedocs.io/en/latest/kubernetes.html
 */
function apiAccess(chart: Chart, environment: AnyEnvironment): void {
  const metadata = { name: 'postgres', labels: labels(environment, 'postgres') };
  const rule = (resources: string, verbs: string[], resourceNames?: string[]) => ({
    apiGroups: [''],
    resources: [resources],
    ...(resourceNames && { resourceNames }),
    verbs,
  });
  const pods = Array.from({ length: environment.postgres.members }, (_, index) => `postgres-${index}`);
  new k8s.KubeRole(chart, 'role', {
    metadata,
    rules: [
      rule('configmaps', ['create', 'list', 'watch']),
      rule('configmaps', ['patch'], patroniConfigMaps),
      rule('configmaps', ['get'], ['postgres-leader']),
      rule('pods', ['list', 'watch']),
      rule('pods', ['patch'], pods),
    ],
  });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'postgres' },
    subjects: [{ kind: 'ServiceAccount', name: 'postgres', namespace: environment.namespace }],
  });
}
