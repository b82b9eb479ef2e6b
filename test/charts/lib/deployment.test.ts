import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import { Deployment, type DeploymentProps } from '../../../charts/lib/deployment.ts';
import { hasNginx } from '../../../charts/lib/routes.ts';
import { labels } from '../../../charts/lib/workload.ts';
import { WorkloadChart } from '../../../charts/lib/workload-chart.ts';
import { web } from '../../../charts/workloads/web.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { production } from '../../../environments/production.ts';
import { object, objects, variants } from '../../lib/manifests.ts';

test("a new pod is ready before an old one goes, unless two of them would be in each other's way", () => {
  const strategyOf = (props: Partial<DeploymentProps>) => {
    const chart = new WorkloadChart(new App(), web, production, [web]);
    return new Deployment(chart, 'deployment', { replicas: 1, pod: { containers: [] }, ...props }).toJson()
      .spec.strategy;
  };
  const rolling = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  expect(strategyOf({})).toEqual(rolling);
  expect(strategyOf({ strategy: 'RollingUpdate' })).toEqual(rolling);
  expect(strategyOf({ strategy: 'Recreate' })).toEqual({ type: 'Recreate' });
});

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('three versions can be gone back to', () => {
    for (const { spec } of objects(environment, 'Deployment')) expect(spec?.revisionHistoryLimit).toBe(3);
  });

  test('its pods have the labels of its workload, by which it finds them', () => {
    for (const { name } of objects(environment, 'Deployment').map(({ metadata }) => metadata)) {
      const workload = workloadsOf(environment).find((each) => each.name === name);
      const { spec } = object(environment, 'Deployment', name);
      expect(spec?.template.metadata?.labels).toEqual(workload && labels(environment, workload));
      expect(spec?.template.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? {});
      expect(spec?.selector).toEqual({
        matchLabels: {
          'app.kubernetes.io/name': name,
          'app.kubernetes.io/instance': environment.namespace,
        },
      });
    }
  });

  test('there are as many pods as the environment says', () => {
    expect(object(environment, 'Deployment', 'web').spec?.replicas).toBe(environment.web.replicas);
    if (hasNginx(environment, workloadsOf(environment)))
      expect(object(environment, 'Deployment', 'nginx').spec?.replicas).toBe(environment.nginx.replicas);
  });
});
