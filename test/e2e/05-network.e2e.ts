import { beforeAll, describe, expect, test } from '@jest/globals';
import { connections } from '../../charts/connections.ts';
import { elasticsearch } from '../../charts/workloads/elasticsearch.ts';
import { nginx } from '../../charts/workloads/nginx.ts';
import { postgres } from '../../charts/workloads/postgres.ts';
import { web } from '../../charts/workloads/web.ts';
import { type WorkloadName, workloadsOf } from '../../charts/workloads.ts';
import { environments } from '../../environments/all.ts';
import { exec, kubectl } from './cluster.ts';

/** How each image can open a TCP connection: it prints `open`, or why not, within three seconds. */
const bash = (host: string, port: number) => [
  'timeout',
  '5',
  'bash',
  '-c',
  `exec 3<>/dev/tcp/${host}/${port} && echo open`,
];
const ports = {
  nginx: nginx.ports.http,
  web: web.ports.http,
  postgres: postgres.ports.postgres,
  elasticsearch: elasticsearch.ports.http,
};
const servers = Object.keys(ports) as (keyof typeof ports)[];

interface Slices {
  readonly items: readonly {
    readonly endpoints: readonly { readonly addresses: readonly string[] }[];
    readonly ports: readonly { readonly port: number }[];
  }[];
}

async function connects(namespace: string, from: WorkloadName, host: string, port: number): Promise<boolean> {
  const of = from === 'postgres' || from === 'elasticsearch' ? `${from}-0` : `deployment/${from}`;
  const { exitCode, output } = await exec({ namespace, of, container: from }, ...bash(host, port));
  if (exitCode === 0 && output === 'open') return true;
  const isRefused = exitCode === 124 || /Connection (refused|timed out)|No route|unreachable/.test(output);
  // Another failure would say nothing about the network.
  if (!isRefused) throw new Error(`${from} could not try ${host}:${port}: ${output}`);
  return false;
}

/** Addresses, not names: a pod that may not ask DNS must not pass for one that may not connect. */
async function podAddress(namespace: string, workload: WorkloadName): Promise<string> {
  return kubectl(
    'get',
    'pods',
    '--namespace',
    namespace,
    '--selector',
    `app.kubernetes.io/name=${workload}`,
    '--field-selector',
    'status.phase=Running',
    '--output',
    'jsonpath={.items[0].status.podIP}',
  );
}

/** The API server's own address: outside the pods' network, and reachable by a pod that no policy keeps from it. */
let outside: { readonly address: string; readonly port: number };

beforeAll(async () => {
  const slices = await kubectl(
    'get',
    'endpointslices',
    '--namespace',
    'default',
    '--selector',
    'kubernetes.io/service-name=kubernetes',
    '--output',
    'json',
  );
  const [slice] = (JSON.parse(slices) as Slices).items;
  outside = { address: slice?.endpoints[0]?.addresses[0] ?? '', port: slice?.ports[0]?.port ?? 0 };
  const pod = ['network-probe', '--namespace', 'default'];
  await kubectl('delete', 'pod', ...pod, '--ignore-not-found');
  await kubectl(
    'run',
    ...pod,
    '--image',
    'busybox:stable',
    '--restart',
    'Never',
    '--command',
    '--',
    'busybox',
    'sh',
    '-c',
    `busybox nc -w 5 ${outside.address} ${outside.port} </dev/null`,
  );
  await kubectl(
    'wait',
    'pod/network-probe',
    '--namespace',
    'default',
    '--for',
    'jsonpath={.status.phase}=Succeeded',
    '--timeout',
    '60s',
  );
  await kubectl('delete', 'pod', ...pod);
});

describe.each(Object.values(environments))('$namespace', (environment) => {
  const { namespace } = environment;
  const present = servers.filter((server) => workloadsOf(environment).some(({ name }) => name === server));

  test('between its servers, the declared connections work and every other is refused', async () => {
    const declared = connections(environment).map(({ from, to, port }) => `${from} → ${to}:${port}`);
    const seen: string[] = [];
    const expected: string[] = [];
    for (const from of present) {
      for (const to of present) {
        if (from === to) continue;
        const port = ports[to];
        const arrow = `${from} → ${to}:${port}`;
        if (declared.includes(arrow)) expected.push(arrow);
        if (await connects(namespace, from, await podAddress(namespace, to), port)) seen.push(arrow);
      }
    }
    expect(seen).toEqual(expected);
  });

  test('no server reaches another environment, and none but Postgres an address outside that answers', async () => {
    const other = environment.kind === 'dev' ? environments.staging : environments.dev;
    const database = await podAddress(other.namespace, 'postgres');
    for (const from of present) {
      expect([from, await connects(namespace, from, database, ports.postgres)]).toEqual([from, false]);
      const may = connections(environment).some(
        (arrow) => arrow.from === from && arrow.to === 'kubernetes-api',
      );
      expect([from, await connects(namespace, from, outside.address, outside.port)]).toEqual([from, may]);
    }
  });
});
