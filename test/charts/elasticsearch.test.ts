import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { agreementSeconds } from '../../charts/configuration/elasticsearch.ts';
import { elasticsearchUsers } from '../../charts/lib/users.ts';
import { allEnvironments, locally, manifests } from '../lib/manifests.ts';

interface Role {
  readonly cluster?: readonly string[];
  readonly indices?: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[];
}

/** What these tests read of the StatefulSet beyond what all tests do. */
interface Nodes {
  readonly spec: {
    readonly replicas: number;
    readonly podManagementPolicy: string;
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly topologySpreadConstraints?: readonly { readonly whenUnsatisfiable: string }[];
        readonly initContainers: readonly {
          readonly name: string;
          readonly command: readonly string[];
          readonly args?: readonly string[];
        }[];
        readonly containers: readonly [
          {
            readonly env: readonly { readonly name: string; readonly value: string }[];
            readonly resources: { readonly limits: { readonly memory: string } };
            readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: string[] } } };
            readonly volumeMounts: readonly { readonly mountPath: string; readonly subPath?: string }[];
          },
        ];
      };
    };
  };
}

describe.each([...allEnvironments, locally('staging'), locally('production')])(
  '$namespace at $address.kind address',
  (environment) => {
    const all = manifests(environment).filter(({ metadata }) => metadata.name === 'elasticsearch');
    const find = (kind: string) => all.find((manifest) => manifest.kind === kind);
    const files = find('ConfigMap')?.data ?? {};
    const settings = load(files['elasticsearch.yml'] ?? '') as Readonly<Record<string, unknown>>;
    const roles = load(files['roles.yml'] ?? '') as Readonly<Record<string, Role>>;
    const { spec } = find('StatefulSet') as unknown as Nodes;
    const pod = spec.template.spec;
    const [node] = pod.containers;
    const hasPeers = environment.elasticsearch.nodes > 1;

    test('has as many nodes as the environment says, which start at the same time', () => {
      expect(spec).toMatchObject({
        replicas: environment.elasticsearch.nodes,
        podManagementPolicy: 'Parallel',
      });
    });

    test('its users are those of the files; there is no superuser', () => {
      expect(settings).toMatchObject({
        'xpack.security.authc.realms.native.unused.enabled': false,
        'xpack.security.authc.reserved_realm.enabled': false,
      });
      expect(settings).not.toHaveProperty('xpack.security.authc.anonymous.roles');
      const users = pod.initContainers.find(({ name }) => name === 'users')?.args?.slice(2);
      expect(users).toEqual(Object.values(elasticsearchUsers));
      expect(Object.keys(roles)).toEqual(users);
    });

    test('the application reads and writes documents of its own indices, and no more', () => {
      expect(roles.coped).toEqual({
        indices: [{ names: ['coped-*'], privileges: ['read', 'write', 'view_index_metadata'] }],
      });
    });

    test("nobody reaches documents of others' indices, and who looks after the cluster no documents at all", () => {
      for (const { indices } of Object.values(roles)) {
        for (const { names } of indices ?? []) expect(names).toEqual(['coped-*']);
      }
      expect(roles['coped-monitor']).toEqual({ cluster: ['monitor'] });
      expect(roles['coped-snapshot']?.indices?.flatMap(({ privileges }) => privileges)).toEqual([
        'view_index_metadata',
      ]);
    });

    test('speaks TLS 1.3 everywhere but in dev, and knows its peers by name', () => {
      for (const side of ['http', 'transport']) {
        const prefix = `xpack.security.${side}.ssl`;
        expect(settings).toMatchObject(
          environment.elasticsearch.tls
            ? {
                [`${prefix}.enabled`]: true,
                [`${prefix}.verification_mode`]: 'full',
                [`${prefix}.supported_protocols`]: ['TLSv1.3'],
              }
            : { [`${prefix}.enabled`]: false },
        );
      }
    });

    test('sees renewed certificates: their folder is mounted as a whole', () => {
      const mounts = node.volumeMounts.filter(({ mountPath }) => mountPath.endsWith('/config/tls'));
      expect(mounts).toHaveLength(environment.elasticsearch.tls ? 1 : 0);
      expect(node.volumeMounts.filter(({ subPath }) => subPath !== undefined)).toEqual([]);
    });

    test('one node needs no other; of several, only one that was never in a cluster may form one', () => {
      const configure = pod.initContainers.find(({ name }) => name === 'configure')?.command.at(-1);
      expect(settings).not.toHaveProperty(['cluster.initial_master_nodes']);
      if (hasPeers) {
        expect(settings).not.toHaveProperty(['discovery.type']);
        expect(configure).toMatch(/if \[ -e data\/cluster-formed \].*else .*initial_master_nodes/s);
      } else {
        expect(settings).toMatchObject({ 'discovery.type': 'single-node' });
        expect(configure).not.toContain('initial_master_nodes');
      }
    });

    test('a node that has peers waits for them before it stops, and is given the time', () => {
      const command = node.lifecycle?.preStop.exec.command;
      if (hasPeers) {
        expect(command?.slice(-2)).toEqual([`${environment.elasticsearch.nodes}`, `${agreementSeconds}`]);
        expect(files).toHaveProperty([command?.[1]?.replace('config/', '') ?? '']);
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(agreementSeconds);
      } else {
        expect(command).toBeUndefined();
        expect(pod.terminationGracePeriodSeconds).toBeLessThan(agreementSeconds);
      }
    });

    test('one of several nodes may be evicted at a time; a single one does not block the drain of its machine', () => {
      expect(find('PodDisruptionBudget')?.spec).toEqual(
        hasPeers
          ? {
              maxUnavailable: 1,
              selector: {
                matchLabels: expect.objectContaining({ 'app.kubernetes.io/name': 'elasticsearch' }),
              },
            }
          : undefined,
      );
    });

    test('nodes keep apart where they can, and start where they cannot', () => {
      expect((pod.topologySpreadConstraints ?? []).map(({ whenUnsatisfiable }) => whenUnsatisfiable)).toEqual(
        hasPeers ? ['ScheduleAnyway', 'ScheduleAnyway'] : [],
      );
    });

    test('the heap leaves more than half of the memory to the rest', () => {
      const options = node.env.find(({ name }) => name === 'ES_JAVA_OPTS')?.value;
      const [, least, most] = /^-Xms(\d+)m -Xmx(\d+)m$/.exec(options ?? '') ?? [];
      expect(least).toBe(most);
      expect(Number(most)).toBeLessThan(environment.elasticsearch.memoryMebibytes / 2);
      expect(node.resources.limits.memory).toBe(`${environment.elasticsearch.memoryMebibytes}Mi`);
    });
  },
);
