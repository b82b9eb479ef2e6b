import type { EnvironmentName } from '../../environments/all.ts';
import type { Place } from '../lib/kubectl.ts';
import { apply, exec, kubectl } from './cluster.ts';
import { imageOf } from './local.ts';

/** Whether a TCP connection opens within some seconds. A forbidden one may be refused or time out. */
export async function connects(from: Place, address: string, port: number): Promise<boolean> {
  const open = `exec 3<>/dev/tcp/${address}/${port} && echo open`;
  const { exitCode, output } = await exec(from, 'timeout', '4', 'bash', '-c', open);
  if (exitCode === 0 && output === 'open') return true;
  const isRefused = exitCode === 124 || /Connection (refused|timed out)|No route|unreachable/.test(output);
  // Another failure would say nothing about the network.
  if (!isRefused) throw new Error(`${from.of} could not try ${address}:${port}: ${output}`);
  return false;
}

/** A pod with a server in a namespace without policies, so that only our policies can forbid a connection. */
export const stranger: Place = { namespace: 'default', of: 'stranger' };
export const strangersPort = 8080;

export async function startStranger(name: EnvironmentName): Promise<string> {
  const { namespace, of } = stranger;
  const command = ['python3', '-m', 'http.server', `${strangersPort}`, '--directory', '/tmp'];
  const containers = [{ name: 'server', image: imageOf(name, 'credentials'), command }];
  await removeStranger();
  const spec = { containers, terminationGracePeriodSeconds: 0 };
  await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: of, namespace }, spec });
  const ready = ['--for', 'condition=Ready', '--timeout', '60s'];
  await kubectl('wait', `pod/${of}`, '--namespace', namespace, ...ready);
  return kubectl('get', 'pod', of, '--namespace', namespace, '--output', 'jsonpath={.status.podIP}');
}

export const removeStranger = () =>
  kubectl('delete', 'pod', stranger.of, '--namespace', stranger.namespace, '--ignore-not-found');
