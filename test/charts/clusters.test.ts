import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { clusterOf } from '../../environments/cluster.ts';
import type { Environment } from '../../environments/environment.ts';
import { production } from '../../environments/production.ts';
import { validate } from '../../environments/validate.ts';
import { root } from '../../tools/terminal/programs.ts';
import { clusters } from '../clusters/all.ts';
import { manifests } from '../lib/manifests.ts';

const page = readFileSync(join(root, 'docs/clusters.md'), 'utf8');

describe.each(Object.entries<Environment>(clusters))('%s', (name, environment) => {
  test('has values that are allowed', () => {
    expect(validate({ [name]: environment })).toEqual([]);
  });

  test('stands in docs/clusters.md as it is in its file', () => {
    const file = readFileSync(join(root, 'test/clusters', `${name}.ts`), 'utf8');
    const [, block = ''] = /^ {2}\.\.\.\w+,\n(.*)^\} as const/ms.exec(file) ?? [];
    expect(block).toContain('cluster: {');
    expect(page).toContain(`\`\`\`ts\n${block.replace(/^ {2}/gm, '')}\`\`\`\n`);
  });

  test('has a policy for each place where it answers to names', () => {
    const { at, ports } = clusterOf(environment).dns;
    const policy = manifests(environment).find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'postgres',
    );
    const dns = (policy?.spec?.egress ?? []).filter(({ ports: [open] }) =>
      ports.some((port) => port === open?.port),
    );
    expect(dns.map(({ ports: [open] }) => `${open?.port}/${open?.protocol}`)).toEqual(
      ports.flatMap((port) => [`${port}/UDP`, `${port}/TCP`]),
    );
    for (const { to } of dns) expect(to).toHaveLength(at.length);
  });
});

test('the values of kind are the defaults', () => {
  expect(manifests(clusters.kind)).toEqual(manifests(production));
  const { imagePullSecret, cpuLimitMillicores, storageClasses, createsNamespace, ...written } = clusterOf({});
  expect(clusters.kind.cluster).toEqual(written);
});

test('the page has a row for each value', () => {
  const file = readFileSync(join(root, 'environments/cluster.ts'), 'utf8');
  const [, body = ''] = /^export interface Cluster \{\n(.*?)^\}/ms.exec(file) ?? [];
  const values = [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name);
  expect(values).toContain('dns');
  const rows = [...page.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(rows).toEqual(values);
});
