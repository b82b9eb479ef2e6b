import { expect, test } from '@jest/globals';
import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { WorkloadChart, workloadChartOf } from '../../../charts/lib/workload-chart.ts';
import { web } from '../../../charts/workloads/web.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { objects } from '../../lib/manifests.ts';

test('a construct belongs to the workload of its chart, however deep it is', () => {
  const chart = new WorkloadChart(new App(), web, production, [web]);
  expect(workloadChartOf(new Construct(new Construct(chart, 'outer'), 'inner'))).toBe(chart);
});

test('a construct whose chart is that of no workload is refused, with both names', () => {
  const construct = new Construct(new Chart(new App(), 'strange'), 'inner');
  expect(() => workloadChartOf(construct)).toThrow(
    'strange/inner is in the chart strange, which belongs to no workload',
  );
});

test('with a pull secret every ServiceAccount has it, and so every pod', () => {
  const secretsOf = (environment: AnyEnvironment) =>
    objects(environment, 'ServiceAccount').map(({ imagePullSecrets }) => imagePullSecrets);
  const expected = secretsOf(production).map(() => [{ name: 'registry' }]);
  expect(secretsOf({ ...production, cluster: { imagePullSecret: 'registry' } })).toEqual(expected);
  expect(new Set(secretsOf(production))).toEqual(new Set([undefined]));
});
