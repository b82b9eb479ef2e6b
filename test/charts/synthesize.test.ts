import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { appOf } from '../../charts/synthesize.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import { allEnvironments, variants } from '../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  test('each workload has a file, after the namespace and the policies, before the way in', () => {
    const files = appOf(environment, 'unused').charts.map(({ node }) => node.id);
    expect(files).toEqual([
      '00-namespace',
      '10-network',
      ...(environment.secretStore ? ['20-external-secrets'] : []),
      ...workloadsOf(environment).map(({ order, name }) => `${order}-${name}`),
      ...(environment.liveEdit ? ['49-live-source'] : []),
      ...{ local: [], ingress: ['70-ingress'], gateway: ['70-http-route'] }[environment.address.kind],
    ]);
  });
});

test('the files are YAML, one a chart, in the folder that was asked for, and nothing is beside them', () => {
  const [environment] = allEnvironments;
  if (!environment) throw new Error('there is no environment');
  const folder = mkdtempSync(join(tmpdir(), 'synthesize-'));
  try {
    const app = appOf(environment, folder);
    app.synth();
    expect(readdirSync(folder).sort()).toEqual(app.charts.map(({ node }) => `${node.id}.yaml`).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
