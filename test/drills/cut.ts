import { readFileSync } from 'node:fs';
import type { Cluster } from '../../tools/cluster/cluster.ts';
import { attemptKubectl, eventually } from '../lib/kubectl.ts';
import { runInMember, type Target } from './target.ts';

const script = readFileSync(new URL('cut.py', import.meta.url), 'utf8');
/** Label of a namespace: the Pod Security level that it enforces. */
export const level = 'pod-security.kubernetes.io/enforce';

/**
 * Cuts pods off from addresses for some seconds, including existing connections. The pods recover by themselves.
 *
 * This needs a container that may change the routes of the pod's network. The namespace refuses such a container, so its
 * level is lowered until the containers are admitted.
 *
 * @returns a promise that waits for the end of all cuts
 */
export async function cutOff(
  { cluster, namespace, webImage }: Target,
  pods: readonly string[],
  addresses: readonly string[],
  seconds: number,
): Promise<() => Promise<void>> {
  const name = `drill-${Date.now()}`;
  const container = {
    name,
    image: webImage,
    command: ['python', '-c', script, `${seconds}`, ...addresses],
    securityContext: {
      runAsUser: 0,
      runAsNonRoot: false,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    },
  };
  const before = await cluster.kubectl(['get', 'namespace', namespace, '--output', 'json']);
  const { metadata } = JSON.parse(before) as { metadata: { labels: Readonly<Record<string, string>> } };
  const setLevel = (to: string) =>
    cluster.kubectl(['label', 'namespace', namespace, `${level}=${to}`, '--overwrite']);
  await setLevel('privileged');
  try {
    await Promise.all(pods.map((pod) => addContainer(cluster, namespace, pod, container)));
  } finally {
    await setLevel(metadata.labels[level] ?? 'restricted');
  }
  const saysOf = (pod: string, line: string, within: number) =>
    eventually(`"${line}" by ${name} in ${pod}`, within, async () => {
      const log = ['logs', '--namespace', namespace, pod, '--container', name];
      const { output } = await attemptKubectl(cluster, log);
      if (output.includes('Traceback')) throw new Error(output);
      return output.includes(line);
    });
  await Promise.all(pods.map((pod) => saysOf(pod, 'cut off from', 30)));
  return async () => {
    await Promise.all(pods.map((pod) => saysOf(pod, 'healed', seconds + 30)));
  };
}

interface Pod {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly ephemeralContainers?: readonly object[] };
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/ */
async function addContainer(
  cluster: Cluster,
  namespace: string,
  name: string,
  container: object,
): Promise<void> {
  const pod = JSON.parse(
    await cluster.kubectl(['get', 'pod', name, '--namespace', namespace, '--output', 'json']),
  ) as Pod;
  const ephemeralContainers = [...(pod.spec.ephemeralContainers ?? []), container];
  // Without the version that was read: Patroni writes its progress to the pod all the time.
  const changed = { ...pod, metadata: { name, namespace }, spec: { ...pod.spec, ephemeralContainers } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/ephemeralcontainers`;
  const { exitCode, output } = await attemptKubectl(cluster, ['replace', '--raw', path, '--filename', '-'], {
    input: JSON.stringify(changed),
  });
  if (exitCode !== 0) throw new Error(`${name} took no ephemeral container: ${output}`);
}

/** The address by which pods reach the API server. */
export function apiServer(cluster: Cluster): Promise<string> {
  const address = ['--output', 'jsonpath={.spec.clusterIP}'];
  return cluster.kubectl(['get', 'service/kubernetes', '--namespace', 'default', ...address]);
}

/** The IPv4 addresses that a member finds under a name. */
export async function addressesOf(target: Target, pod: string, host: string): Promise<string[]> {
  const program =
    'import socket, sys; print(*{found[4][0] for found in socket.getaddrinfo(sys.argv[1], None, socket.AF_INET)})';
  return (await runInMember(target, pod, 'python3', '-c', program, host)).trim().split(' ');
}
