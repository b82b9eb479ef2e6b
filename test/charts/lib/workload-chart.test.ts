import { expect, test } from '@jest/globals';
import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { WorkloadChart, workloadChartOf } from '../../../charts/lib/workload-chart.ts';
import { web } from '../../../charts/workloads/web.ts';
import { production } from '../../../environments/production.ts';

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
