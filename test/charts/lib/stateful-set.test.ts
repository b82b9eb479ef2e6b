import { describe, expect, test } from '@jest/globals';
import { configuration as elasticsearchConfiguration } from '../../../charts/configuration/elasticsearch.ts';
import { configuration as postgresConfiguration } from '../../../charts/configuration/postgres.ts';
import { contentHash, keptByArgoCd } from '../../../charts/lib/names.ts';
import { claimOf, headlessName } from '../../../charts/lib/stateful-set.ts';
import { labels, selector } from '../../../charts/lib/workload.ts';
import { elasticsearch } from '../../../charts/workloads/elasticsearch.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { production } from '../../../environments/production.ts';
import { object, objects, variants } from '../../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const sizes = [
    [postgres, environment.postgres.members, environment.postgres] as const,
    [elasticsearch, environment.elasticsearch.nodes, environment.elasticsearch] as const,
  ];

  test('each service has as many pods as the environment says, which start without waiting for each other', () => {
    for (const [workload, replicas] of sizes) {
      const { spec } = object(environment, 'StatefulSet', workload.name);
      expect(spec).toMatchObject({ replicas, podManagementPolicy: 'Parallel' });
      expect(spec?.selector).toEqual({ matchLabels: selector(environment, workload) });
      expect(spec?.template.metadata?.labels).toEqual(labels(environment, workload));
    }
  });

  test('each pod has a name of its own, from the headless Service of its StatefulSet', () => {
    for (const [workload] of sizes) {
      const name = headlessName(workload);
      expect(object(environment, 'StatefulSet', workload.name).spec?.serviceName).toBe(name);
      expect(object(environment, 'Service', name).spec?.selector).toEqual(selector(environment, workload));
    }
  });

  test('each pod keeps a volume of the size that the environment says, which one node mounts and Argo CD leaves alone', () => {
    for (const [workload, , { storageGibibytes }] of sizes) {
      expect(object(environment, 'StatefulSet', workload.name).spec?.volumeClaimTemplates).toEqual([
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data', labels: selector(environment, workload), annotations: keptByArgoCd },
          spec: {
            accessModes: ['ReadWriteOnce'],
            volumeMode: 'Filesystem',
            resources: { requests: { storage: `${storageGibibytes}Gi` } },
          },
          status: { phase: 'Pending' },
        },
      ]);
    }
  });

  test('pods start anew when their files of settings change', () => {
    const files = {
      postgres: postgresConfiguration(postgres, environment),
      elasticsearch: elasticsearchConfiguration(elasticsearch, environment),
    };
    for (const [name, data] of Object.entries(files)) {
      expect(object(environment, 'ConfigMap', name).data).toEqual(data);
      expect(object(environment, 'StatefulSet', name).spec?.template.metadata?.annotations).toMatchObject({
        'coped/configuration-hash': contentHash(data),
      });
    }
  });
});

test('a claim has a unit', () => {
  expect(claimOf(7, undefined).resources?.requests?.storage?.value).toBe('7Gi');
});

test('each claim of data names the StorageClass of the cluster for data', () => {
  const environment = { ...production, cluster: { storageClasses: { data: 'kept' } } };
  const classes = objects(environment, 'StatefulSet').flatMap(({ spec }) =>
    (spec?.volumeClaimTemplates ?? []).map((template) => template.spec?.storageClassName),
  );
  expect(classes).not.toEqual([]);
  expect(new Set(classes)).toEqual(new Set(['kept']));
});
