import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connections } from '../../../charts/connections.ts';
import { dev } from '../../../environments/dev.ts';
import { cluster } from '../../../tools/cluster/cluster.ts';
import { type LocalAddresses, localAddressesOf, withAddresses } from '../../../tools/local/addresses.ts';
import type { Engine } from '../../../tools/local/engine.ts';
import { folder, program } from '../../lib/command-line.ts';
import { object } from '../../lib/manifests.ts';

const api = { addresses: ['172.18.0.2'], port: 6443 };
const usual: LocalAddresses = { network: ['172.18.0.0/16'], api };

/** Address ranges from which visitors may come to dev. */
const visitors = (addresses: LocalAddresses) => {
  const { to } = connections(dev).find(({ from }) => from === 'this-machine') ?? {};
  const policy = object(withAddresses(dev, addresses), 'NetworkPolicy', to ?? 'web');
  return policy.spec?.ingress?.flatMap(({ from }) => (from ?? []).map(({ ipBlock }) => ipBlock?.cidr));
};

describe('a local cluster in a network', () => {
  test.each([['172.18.0.0/16'], ['192.168.96.0/20'], ['172.31.240.0/24']])(
    'that Docker takes by itself, %s, runs dev as in dist/',
    (range) => expect(withAddresses(dev, { network: [range], api })).toBe(dev),
  );

  test.each([['10.90.0.0/16'], ['100.64.0.0/10'], ['172.0.0.0/8'], ['192.168.0.0/15'], ['198.18.0.0/24']])(
    'of another range, %s, lets visitors come from there, and from nowhere else',
    (range) => {
      expect(visitors({ network: [range], api })).toEqual([range]);
      expect(visitors(usual)).toEqual(['172.16.0.0/12', '192.168.0.0/16']);
    },
  );

  test('that is not known runs dev as in dist/', () =>
    expect(withAddresses(dev, { network: [], api: { addresses: [], port: undefined } })).toBe(dev));
});

describe('an API server', () => {
  test('within the ranges of the environment changes nothing', () =>
    expect(withAddresses(dev, usual)).toBe(dev));

  test.each([
    ['on the port of minikube', { addresses: ['192.168.49.2'], port: 8443 }, ['192.168.49.2/32']],
    ['at an address of a provider', { addresses: ['100.64.0.3'], port: 6443 }, ['100.64.0.3/32']],
    [
      'on two nodes',
      { addresses: ['100.64.0.3', '100.64.0.4'], port: 6443 },
      ['100.64.0.3/32', '100.64.0.4/32'],
    ],
  ])('%s is what pods may reach', (_, { addresses, port }, cidrs) => {
    const { cluster: placedIn, address } = withAddresses(dev, {
      network: usual.network,
      api: { addresses, port },
    });
    expect(placedIn).toEqual({ kubernetesApi: { cidrs, port } });
    expect(address).toEqual(dev.address);
  });
});

describe('a cluster is asked', () => {
  const before = process.env;
  beforeEach(() => {
    process.env = { PATH: join(folder, 'bin') };
    const slice = { endpoints: [{ addresses: ['10.90.0.2'] }], ports: [{ port: 6443 }] };
    program('kubectl', `echo '${JSON.stringify({ items: [slice] })}'`);
  });
  afterEach(() => {
    process.env = before;
  });

  const ranges = (key: string) =>
    `[{ "${key}": "fc00::/64" }, { "${key}": "10.90.0.0/16", "gateway": "10.90.0.1" }]`;

  test.each([
    ['docker', `[{ "Name": "kind", "IPAM": { "Config": ${ranges('Subnet')} } }]`],
    ['nerdctl', `[{ "Name": "kind", "IPAM": { "Config": ${ranges('Subnet')} } }]`],
    ['podman', `[{ "name": "kind", "subnets": ${ranges('subnet')} }]`],
  ] satisfies [Engine, string][])(
    'where it is, and %s for the range of its network',
    async (engine, answer) => {
      program(engine, `case "$*" in "network inspect kind") echo '${answer}';; *) exit 1;; esac`);
      expect(await localAddressesOf(cluster('kind-coped'), engine)).toEqual({
        network: ['10.90.0.0/16'],
        api: { addresses: ['10.90.0.2'], port: 6443 },
      });
    },
  );

  test('and an engine that has no networks leaves the range open', async () => {
    program('docker', 'exit 1');
    expect((await localAddressesOf(cluster('kind-coped'), 'docker')).network).toEqual([]);
  });

  test('and no engine is asked about a cluster that kind did not make', async () => {
    expect((await localAddressesOf(cluster('docker-desktop'), undefined)).network).toEqual([]);
  });
});
