import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { postgresRoles } from '../../charts/lib/users.ts';
import { dev } from '../../environments/dev.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';
import { allEnvironments, locally, type Manifest, manifests } from '../lib/manifests.ts';

interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface ClusterSettings {
  readonly synchronous_mode: boolean;
  readonly synchronous_mode_strict?: boolean;
  readonly failsafe_mode: boolean;
  readonly ttl: number;
  readonly loop_wait: number;
  readonly retry_timeout: number;
  readonly postgresql: {
    readonly parameters: Readonly<Record<string, string | number>>;
    readonly pg_hba: readonly string[];
    readonly pg_ident: readonly string[];
  };
}

interface MemberSettings {
  readonly restapi: Readonly<Record<string, string>>;
  readonly bootstrap: { readonly initdb: readonly unknown[] };
  readonly postgresql: {
    readonly authentication: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

function object(environment: AnyEnvironment, kind: string, name = 'postgres'): Manifest {
  const found = manifests(environment).find(
    (manifest) => manifest.kind === kind && manifest.metadata.name === name,
  );
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

function settings<Type>(environment: AnyEnvironment, file: string): Type {
  return load(object(environment, 'ConfigMap').data?.[file] ?? '') as Type;
}

function mebibytes(value: string | number | undefined): number {
  const [, digits] = /^(\d+)MB$/.exec(`${value}`) ?? [];
  if (digits === undefined) throw new Error(`${value} is not in MB`);
  return Number(digits);
}

describe.each([...allEnvironments, locally('staging'), locally('production')])(
  '$namespace at $address.kind address',
  (environment) => {
    const cluster = settings<ClusterSettings>(environment, 'cluster.yml');
    const member = settings<MemberSettings>(environment, 'member.yml');
    const { parameters, pg_hba: access } = cluster.postgresql;
    const { members, memoryMebibytes, storageGibibytes } = environment.postgres;

    test('commits wait for another member, but a member that is alone goes on', () => {
      expect(cluster.synchronous_mode).toBe(true);
      expect(cluster.synchronous_mode_strict).toBeUndefined();
      expect(parameters).not.toHaveProperty('synchronous_commit');
      expect(parameters).not.toHaveProperty('fsync');
    });

    test('a primary gives its lock up before another takes it, and keeps it while the API is away', () => {
      expect(cluster.loop_wait + 2 * cluster.retry_timeout).toBeLessThanOrEqual(cluster.ttl);
      expect(cluster.failsafe_mode).toBe(true);
    });

    test('the network gets in by TLS 1.3 only', () => {
      expect(parameters).toMatchObject({ ssl: 'on', ssl_min_protocol_version: 'TLSv1.3' });
      expect(access.filter((line) => line.startsWith('host ') && !line.endsWith(' reject'))).toEqual([]);
      expect(access.at(-1)).toBe('host all all all reject');
    });

    test('the network is asked for a password that is not sent, or for a certificate', () => {
      for (const line of access.filter((each) => each.startsWith('hostssl')))
        expect(line).toMatch(/ all (scram-sha-256( clientcert=verify-ca)?|cert map=members)$/);
      expect(parameters.password_encryption).toBe('scram-sha-256');
    });

    test('the superuser and the owner never come over the network', () => {
      const roles = access
        .filter((line) => line.startsWith('hostssl'))
        .flatMap((line) => line.split(' ')[2]?.split(','));
      expect([...new Set(roles)].sort()).toEqual([
        postgresRoles.app,
        'coped_backup',
        postgresRoles.migrator,
        postgresRoles.reader,
        'replicator',
      ]);
      expect(access.filter((line) => line.startsWith('local'))).toEqual(['local all postgres peer']);
      expect(cluster.postgresql.pg_ident).toEqual(['members postgres coped_backup']);
    });

    test('members verify each other', () => {
      const { authentication } = member.postgresql;
      for (const login of [authentication.replication, authentication.rewind])
        expect(login).toMatchObject({
          username: 'replicator',
          sslmode: 'verify-full',
          sslcert: expect.any(String),
        });
      expect(member.restapi).toMatchObject({ verify_client: 'optional', cafile: expect.any(String) });
    });

    test('the data have checksums', () => {
      expect(member.bootstrap.initdb).toContain('data-checksums');
    });

    test('memory and volume bound what Postgres takes', () => {
      expect(mebibytes(parameters.shared_buffers)).toBeLessThanOrEqual(memoryMebibytes / 4);
      expect(mebibytes(parameters.effective_cache_size)).toBeLessThan(memoryMebibytes);
      const writeAheadLog = mebibytes(parameters.max_wal_size) + mebibytes(parameters.max_slot_wal_keep_size);
      expect(writeAheadLog).toBeLessThanOrEqual((storageGibibytes * 1024) / 3);
    });

    test('parallel queries may share half of the memory, and no huge page is asked for', () => {
      const volumes = object(environment, 'StatefulSet').spec?.template?.spec?.volumes;
      expect(volumes).toContainEqual({
        name: 'shared-memory',
        emptyDir: { medium: 'Memory', sizeLimit: `${Math.floor(memoryMebibytes / 2)}Mi` },
      });
      expect(parameters.huge_pages).toBe('off');
    });

    test('Services lead to the primary, to the replicas, and to every member', () => {
      const selectorOf = (name: string) => object(environment, 'Service', name).spec?.selector;
      const all = {
        'app.kubernetes.io/name': 'postgres',
        'app.kubernetes.io/instance': environment.namespace,
      };
      expect(selectorOf('postgres')).toEqual({ ...all, 'coped/role': 'primary' });
      expect(selectorOf('postgres-replicas')).toEqual({ ...all, 'coped/role': 'replica' });
      expect(selectorOf('postgres-headless')).toEqual(all);
      expect(object(environment, 'Service', 'postgres-headless').spec).toMatchObject({
        publishNotReadyAddresses: true,
      });
    });

    test('the API lets Patroni write its own state and the labels of its own pods, and nothing else', () => {
      const { rules } = object(environment, 'Role') as Manifest & { readonly rules: readonly Rule[] };
      const may = rules.flatMap(({ resources, resourceNames, verbs }) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => `${verb} ${resource} ${resourceNames?.join(' ') ?? '*'}`),
        ),
      );
      const pods = Array.from({ length: members }, (_, index) => `postgres-${index}`).join(' ');
      expect(may.sort()).toEqual([
        'create configmaps *',
        'get configmaps postgres-leader',
        'list configmaps *',
        'list pods *',
        `patch configmaps postgres-config postgres-leader postgres-sync postgres-failover`,
        `patch pods ${pods}`,
        'watch configmaps *',
        'watch pods *',
      ]);
    });

    test('probes ask Patroni, and live does not depend on the role', () => {
      const container = object(environment, 'StatefulSet').spec?.template?.spec.containers[0];
      const get = (path: string) => ({ httpGet: { path, port: 'patroni', scheme: 'HTTPS' } });
      expect(container).toMatchObject({
        startupProbe: get('/liveness'),
        livenessProbe: get('/liveness'),
        readinessProbe: get('/readiness'),
      });
    });

    test('a node is drained of one member at a time, and of an only member without asking', () => {
      const budgets = manifests(environment).filter(
        ({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === 'postgres',
      );
      expect(budgets.length).toBe(members > 1 ? 1 : 0);
      for (const { spec } of budgets) expect(spec).toMatchObject({ maxUnavailable: 1 });
    });

    test('members that share a node are better than none', () => {
      const spread = object(environment, 'StatefulSet').spec?.template?.spec as {
        readonly topologySpreadConstraints?: readonly { readonly whenUnsatisfiable: string }[];
      };
      expect(spread.topologySpreadConstraints?.map(({ whenUnsatisfiable }) => whenUnsatisfiable)).toEqual(
        members > 1 ? ['ScheduleAnyway', 'ScheduleAnyway'] : undefined,
      );
    });
  },
);

test('there is one mechanism for any number of members', () => {
  const names = (environment: AnyEnvironment) =>
    manifests(environment)
      .filter(({ metadata }) => metadata.name.startsWith('postgres'))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .filter((name) => !name.startsWith('NetworkPolicy') && name !== 'PodDisruptionBudget postgres');
  expect(names(production)).toEqual(expect.arrayContaining(names(dev)));
});

test('changed settings roll the pods', () => {
  const hash = (environment: AnyEnvironment) =>
    JSON.stringify(object(environment, 'StatefulSet').spec?.template);
  const more = { ...production, postgres: { ...production.postgres, storageGibibytes: 40 } };
  expect(hash(more)).not.toBe(hash(production));
});

test('a member agrees to stop where another one may take over, and well before it is killed', () => {
  const seconds = (environment: AnyEnvironment) => {
    const template = JSON.stringify(object(environment, 'StatefulSet').spec?.template);
    const [, bound] = /"preStop":\{"exec":\{"command":\["agree-to-stop","(\d+)"\]\}\}/.exec(template) ?? [];
    const [, grace] = /"terminationGracePeriodSeconds":(\d+)/.exec(template) ?? [];
    return { bound: Number(bound), grace: Number(grace) };
  };
  const { bound, grace } = seconds(production);
  expect(bound).toBeLessThan(grace / 2);
  expect(seconds(dev).bound).toBeNaN();
});
