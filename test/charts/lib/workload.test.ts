import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import { allow, labels, selector, to, type Workload } from '../../../charts/lib/workload.ts';
import { addWorkload } from '../../../charts/lib/workload-chart.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { production } from '../../../environments/production.ts';
import { manifests, variants } from '../../lib/manifests.ts';

const minimal: Workload = {
  name: 'minimal',
  description: 'does nothing',
  order: 99,
  tier: 'operations',
  ports: {},
  opens: () => [],
  objects: () => {},
};

function made(workload: Workload) {
  const app = new App();
  addWorkload(app, workload, production, [workload, postgres]);
  return app.charts.map((chart) => ({ file: chart.node.id, objects: chart.toJson() }));
}

test('a connection to a workload is to the number of its port', () => {
  expect(to(postgres, 'patroni', 'because')).toEqual({
    to: postgres,
    port: postgres.ports.patroni,
    why: 'because',
  });
});

test('labels say what an object belongs to, and those that find pods never change', () => {
  const never = { 'app.kubernetes.io/name': 'minimal', 'app.kubernetes.io/instance': production.namespace };
  expect(selector(production, minimal)).toEqual(never);
  expect(labels(production, minimal)).toEqual({
    ...never,
    'app.kubernetes.io/component': 'operations',
    'app.kubernetes.io/part-of': 'coped',
    'app.kubernetes.io/managed-by': 'cdk8s',
  });
});

test('a workload has a file of dist/ and an account without a token; it may do nothing', () => {
  expect(made(minimal)).toEqual([
    {
      file: '99-minimal',
      objects: [
        {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: {
            name: 'minimal',
            namespace: production.namespace,
            labels: labels(production, minimal),
          },
          automountServiceAccountToken: false,
        },
      ],
    },
  ]);
});

test('what it may do stands in its Role, which its account has in its own namespace', () => {
  const rules = [allow('pods', ['list'])];
  const mayDo: Workload['mayDo'] = (environment, present) => {
    expect([environment, present.map(({ name }) => name)]).toEqual([production, ['minimal', 'postgres']]);
    return rules;
  };
  const objects = made({ ...minimal, mayDo })[0]?.objects;
  expect(objects?.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ServiceAccount minimal',
    'Role minimal',
    'RoleBinding minimal',
  ]);
  expect(objects?.[1]).toMatchObject({ rules });
  expect(objects?.[2]).toMatchObject({
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'minimal' },
    subjects: [{ kind: 'ServiceAccount', name: 'minimal', namespace: production.namespace }],
  });
});

test('a rule is about one kind of the core API, and about all objects of it only where none is named', () => {
  expect(allow('secrets', ['create'])).toEqual({
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['create'],
  });
  expect(allow('secrets', ['get'], ['a'])).toEqual({
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: ['a'],
    verbs: ['get'],
  });
});

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('every object of a workload has its labels', () => {
    const known = workloadsOf(environment).map((workload) => labels(environment, workload));
    for (const { kind, metadata } of manifests(environment)) {
      // These belong to all workloads.
      if (['Namespace', 'ExternalSecret'].includes(kind) || metadata.name === 'default-deny') continue;
      const [workload] = known.filter(
        (each) => each['app.kubernetes.io/name'] === metadata.labels?.['app.kubernetes.io/name'],
      );
      expect(workload).toBeDefined();
      // An address adds labels of its own.
      expect([kind, metadata.name, metadata.labels]).toEqual([
        kind,
        metadata.name,
        { ...metadata.labels, ...workload },
      ]);
    }
  });
});
