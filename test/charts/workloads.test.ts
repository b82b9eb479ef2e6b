import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Workload } from '../../charts/lib/workload.ts';
import { workloads, workloadsOf } from '../../charts/workloads.ts';
import type { Application } from '../../environments/contract.ts';
import { production } from '../../environments/production.ts';
import { root } from '../../tools/terminal/programs.ts';
import { small } from '../lib/applications.ts';
import { allEnvironments, manifests, objects, variants } from '../lib/manifests.ts';
import { application as second } from '../second-application/application.ts';

test('charts/workloads.ts lists every file of charts/workloads/, under its name', () => {
  const files = readdirSync(join(root, 'charts/workloads')).map((file) => file.replace(/\.ts$/, ''));
  expect(workloads.map(({ name }) => name).sort()).toEqual(files.sort());
});

test('the list is in the order of the files of dist/', () => {
  const orders = workloads.map(({ order }) => order);
  expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
});

test('each says in one clause what it is', () => {
  for (const { name, description } of workloads)
    expect([name, description]).toEqual([name, expect.stringMatching(/\w+\W+\w+/)]);
});

describe('a process or a program', () => {
  const { worker } = second.processes;
  const { flower } = second.programs;
  const called = (added: Pick<Application, 'processes' | 'programs'>) => () =>
    workloadsOf({ ...production, application: { ...small, ...added } });
  const services = variants.flatMap((environment) => {
    const { programs = {} }: Application = environment.application;
    return objects(environment, 'Service')
      .map(({ metadata }) => metadata.name)
      .filter((name) => !(name in programs));
  });

  test.each([...new Set([...services, 'postgres-replicas', 'mail-catcher-smtp', 'redis-headless'])])(
    'cannot be called %s, as a Service of the charts',
    (name) => {
      expect(services).toContain(name);
      const refused = `calls a process or a program "${name}", as another workload or Service is called`;
      expect(called({ processes: { [name]: worker } })).toThrow(refused);
      expect(called({ programs: { [name]: flower } })).toThrow(refused);
    },
  );

  test.each(['postgres-exporter', 'charts-headless', 'replicas', 'smtp'])('may be called %s', (name) => {
    expect(called({ programs: { [name]: flower } })).not.toThrow();
  });
});

describe.each(allEnvironments)('$namespace', (environment) => {
  const all = manifests(environment);
  const named = (kind: string, name: string) =>
    all.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);

  test.each(workloadsOf(environment).map((workload) => [workload.name, workload] as const))(
    '%s has a ServiceAccount without a token, and a Role of just what it may do',
    (name, { mayDo }: Workload) => {
      expect(named('ServiceAccount', name)).toMatchObject({ automountServiceAccountToken: false });
      const role = named('Role', name);
      const rules = mayDo?.(environment, workloadsOf(environment));
      expect(role).toEqual(rules && expect.objectContaining({ rules }));
      const account = { kind: 'ServiceAccount', name, namespace: environment.namespace };
      expect(named('RoleBinding', name)).toEqual(
        role &&
          expect.objectContaining({
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
            subjects: [account],
          }),
      );
    },
  );
});
