import { apply, kubectl } from './cluster.ts';
import { isDefault, makeDefault, storageClass, usualClass } from './good-cluster.ts';

/** What the local cluster does not have by itself, and clusters elsewhere have. Each change gives what puts it back. */

/** The class of what is kept, and that of what is deleted after use, where no class is the default. */
export const otherClasses = { data: 'kept', scratch: 'deleted' } as const;

/** Adds these two StorageClasses, and takes the default away. */
export async function changeClasses(): Promise<() => Promise<void>> {
  const usual = await usualClass();
  await apply(
    storageClass(otherClasses.data, { reclaimPolicy: 'Retain' }),
    storageClass(otherClasses.scratch, { reclaimPolicy: 'Delete' }),
  );
  await kubectl('annotate', 'storageclass', usual, `${isDefault}=false`, '--overwrite');
  return async () => {
    await makeDefault(usual);
    await kubectl('delete', 'storageclass', ...Object.values(otherClasses));
    for (const [volume] of await volumesOf(otherClasses.data))
      await kubectl('delete', 'persistentvolume', `${volume}`);
  };
}

/** The volumes of a StorageClass, with their claims. */
export async function volumesOf(className: string): Promise<string[][]> {
  const column = `jsonpath={range .items[?(@.spec.storageClassName=="${className}")]}{.metadata.name} {.spec.claimRef.name}{"\\n"}{end}`;
  const found = await kubectl('get', 'persistentvolumes', '--output', column);
  return found
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
}

/** Where names are answered once `moveDns` has moved DNS. */
export const otherDns = {
  at: [{ namespace: 'other-dns', labels: { app: 'names' } }],
  ports: [5353],
} as const;

const name = 'names';
const inSystem = ['--namespace', 'kube-system'];

/**
 * Moves DNS of the local cluster to a pod of another namespace, with other labels and another port, at the same address of its
 * Service.
 *
 * @param domain for which it answers, beside that of the local cluster; by default no other
 */
export async function moveDns(domain?: string): Promise<() => Promise<void>> {
  const [{ namespace, labels }] = otherDns.at;
  const [port] = otherDns.ports;
  const json = async (...what: string[]) =>
    JSON.parse(await kubectl('get', ...what, ...inSystem, '--output', 'json'));
  const [service, deployment, configMap] = await Promise.all([
    json('service', 'kube-dns'),
    json('deployment', 'coredns'),
    json('configmap', 'coredns'),
  ]);
  const { clusterIP, ports } = service.spec;
  const {
    containers: [server],
    volumes,
  } = deployment.spec.template.spec;
  // Probes name the others.
  const isOther = ({ containerPort }: { containerPort: number }) => containerPort !== 53;
  const metadata = { name, namespace };
  const binding = `${namespace}-${name}`;
  await apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      // The volumes of the Deployment name it.
      metadata: { name: 'coredns', namespace },
      data: {
        Corefile: configMap.data.Corefile.replace('.:53', `.:${port}`).replace(
          /^ *kubernetes /m,
          (plugin: string) => (domain === undefined ? plugin : `${plugin}${domain} `),
        ),
      },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: binding },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            dnsPolicy: 'Default',
            containers: [{ ...server, ports: server.ports.filter(isOther) }],
            volumes,
          },
        },
      },
    },
  );
  await kubectl('rollout', 'status', `deployment/${name}`, '--namespace', namespace, '--timeout', '120s');
  const serviceIn = (place: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: place, labels: service.metadata.labels },
    spec: { clusterIP, ...spec },
  });
  const moved = ports.map((each: { port: number }) => ({
    ...each,
    targetPort: each.port === 53 ? port : each.port,
  }));
  await kubectl('delete', 'service', 'kube-dns', ...inSystem);
  await apply(serviceIn(namespace, { selector: labels, ports: moved }));
  return async () => {
    await kubectl('delete', 'namespace', namespace);
    await kubectl('delete', 'clusterrolebinding', binding);
    await apply(serviceIn('kube-system', { selector: service.spec.selector, ports }));
  };
}
