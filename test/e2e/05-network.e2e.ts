import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connections } from '../../charts/connections.ts';
import { type EnvironmentName, environments } from '../../environments/all.ts';
import type { Place } from '../lib/kubectl.ts';
import { bringUp } from './bring-up.ts';
import { kubectl } from './cluster.ts';
import { connects, removeStranger, startStranger, stranger, strangersPort } from './stranger.ts';

interface Pods {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly ownerReferences?: readonly { readonly kind: string }[];
      readonly deletionTimestamp?: string;
    };
    readonly status: { readonly podIP: string };
  }[];
}

/**
 * A running pod of a workload. An address, not a name: a pod without DNS must not look like one that may not connect.
 */
interface Server {
  readonly workload: string;
  readonly address: string;
  readonly place: Place;
}

async function serversIn(namespace: string): Promise<Server[]> {
  const running = ['--field-selector', 'status.phase=Running', '--namespace', namespace];
  const pods: Pods = JSON.parse(await kubectl('get', 'pods', ...running, '--output', 'json'));
  const servers = pods.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => metadata.ownerReferences?.every(({ kind }) => kind !== 'Job'))
    .map(({ metadata, status }) => {
      const workload = metadata.labels['app.kubernetes.io/name'] ?? '';
      const place = { namespace, of: metadata.name, container: workload };
      return { workload, address: status.podIP, place };
    });
  return servers.filter(({ workload }, index) => servers.findIndex((s) => s.workload === workload) === index);
}

interface Slices {
  readonly items: readonly {
    readonly endpoints: readonly { readonly addresses: readonly string[] }[];
    readonly ports: readonly { readonly port: number }[];
  }[];
}

/** The API server's own address, which is outside the pods' network. */
async function apiServer(): Promise<{ readonly address: string; readonly port: number }> {
  const service = ['--namespace', 'default', '--selector', 'kubernetes.io/service-name=kubernetes'];
  const slices: Slices = JSON.parse(await kubectl('get', 'endpointslices', ...service, '--output', 'json'));
  const [slice] = slices.items;
  return { address: slice?.endpoints[0]?.addresses[0] ?? '', port: slice?.ports[0]?.port ?? 0 };
}

describe.each(Object.keys(environments) as EnvironmentName[])('%s', (name) => {
  const environment = environments[name];
  const declared = connections(environment);
  let servers: Server[];
  let strangersAddress: string;

  /** The ports of a workload to which anybody may connect. */
  const portsOf = (workload: string) => [
    ...new Set(declared.filter(({ to }) => to === workload).map(({ port }) => port)),
  ];
  const isDeclared = (from: string, to: string, port: number) =>
    declared.some((arrow) => arrow.from === from && arrow.to === to && arrow.port === port);

  beforeAll(async () => {
    await bringUp(name);
    servers = await serversIn(environment.namespace);
    strangersAddress = await startStranger(name);
  });

  afterAll(removeStranger);

  test('between its servers, the declared connections work and every other is refused', async () => {
    expect(servers.length).toBeGreaterThanOrEqual(3);
    const expected: string[] = [];
    const seen: string[] = [];
    for (const from of servers) {
      const pairs = servers.flatMap((to) => portsOf(to.workload).map((port) => ({ to, port })));
      const tries = pairs.map(async ({ to, port }) => {
        const arrow = `${from.workload} → ${to.workload}:${port}`;
        // A pod reaches its own address whatever the policies say, so each port is known to be open.
        if (from === to || isDeclared(from.workload, to.workload, port)) expected.push(arrow);
        if (await connects(from.place, to.address, port)) seen.push(arrow);
      });
      await Promise.all(tries);
    }
    console.log(`${seen.length} connections open, the others refused:\n${seen.toSorted().join('\n')}`);
    expect(seen.toSorted()).toEqual(expected.toSorted());
  });

  test('no server reaches a stranger who answers, and no stranger a server', async () => {
    expect(await connects(stranger, strangersAddress, strangersPort)).toBe(true);
    const seen: string[] = [];
    await Promise.all(
      servers.map(async ({ workload, address, place }) => {
        if (await connects(place, strangersAddress, strangersPort)) seen.push(`${workload} → stranger`);
        for (const port of portsOf(workload))
          if (await connects(stranger, address, port)) seen.push(`stranger → ${workload}:${port}`);
      }),
    );
    expect(seen).toEqual([]);
  });

  test('only who is meant to reaches the API server', async () => {
    const { address, port } = await apiServer();
    expect(await connects(stranger, address, port)).toBe(true);
    for (const { workload, place } of servers) {
      const may = declared.some(({ from, to }) => from === workload && to === 'kubernetes-api');
      expect([workload, await connects(place, address, port)]).toEqual([workload, may]);
    }
  });
});
