import { describe, expect, test } from '@jest/globals';
import { App } from 'cdk8s';
import { hasNginx } from '../../../charts/lib/routes.ts';
import { Service, visitorsNodePort } from '../../../charts/lib/service.ts';
import { selector } from '../../../charts/lib/workload.ts';
import { WorkloadChart } from '../../../charts/lib/workload-chart.ts';
import { postgres } from '../../../charts/workloads/postgres.ts';
import { web } from '../../../charts/workloads/web.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { gatewayAddress } from '../../lib/addresses.ts';
import { locally, objects, variants } from '../../lib/manifests.ts';

const chart = () => new WorkloadChart(new App(), web, production, [web]);

test('a Service has the name of its workload, and its port the number that it leads to, unless it says otherwise', () => {
  const specOf = (props: ConstructorParameters<typeof Service>[2]) => {
    const { metadata, spec } = new Service(chart(), 'service', props).toJson();
    return [metadata.name, spec];
  };
  const pods = selector(production, web);
  expect(specOf({ targetPort: 'http' })).toEqual([
    'web',
    { selector: pods, ports: [{ name: 'http', port: web.ports.http, targetPort: 'http' }] },
  ]);
  expect(specOf({ targetPort: 'http', name: 'other', port: 80, narrowedBy: { role: 'x' } })).toEqual([
    'other',
    { selector: { ...pods, role: 'x' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  ]);
});

test('a Service of a port that the workload has not is refused, with those that there are', () => {
  const postgresChart = new WorkloadChart(new App(), postgres, production, [postgres]);
  expect(() => new Service(postgresChart, 'service', { targetPort: 'sql' })).toThrow(
    'the Service postgres leads to the port "sql"; postgres has: postgres, patroni, pgbackrest',
  );
});

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const services = () => objects(environment, 'Service');

  test('only the Service that visitors come to has a port of the node, where there is no Ingress', () => {
    const open = services().filter(({ spec }) => spec?.type !== undefined);
    const { address } = environment;
    expect(open.map(({ metadata, spec }) => [metadata.name, spec?.type, spec?.ports?.[0]?.nodePort])).toEqual(
      address.kind === 'local'
        ? [[hasNginx(environment, workloadsOf(environment)) ? 'nginx' : 'web', 'NodePort', address.nodePort]]
        : [],
    );
    for (const { metadata, spec } of services().filter((each) => !open.includes(each)))
      expect([metadata.name, spec?.ports?.[0]?.nodePort]).toEqual([metadata.name, undefined]);
  });

  test('a headless Service gives each pod of a StatefulSet its name before it is ready, and no other is headless', () => {
    const headless = objects(environment, 'StatefulSet').map(({ spec }) => spec?.serviceName);
    for (const { metadata, spec } of services())
      expect([metadata.name, spec?.clusterIP, spec?.publishNotReadyAddresses]).toEqual([
        metadata.name,
        ...(headless.includes(metadata.name) ? ['None', true] : [undefined, undefined]),
      ]);
  });

  test('the port of a Service is the one that it leads to; only nginx answers on another, 80', () => {
    for (const { metadata, spec } of services()) {
      const workload = workloadsOf(environment).find(
        ({ name }) => name === metadata.labels?.['app.kubernetes.io/name'],
      );
      const [port, ...others] = spec?.ports ?? [];
      expect([metadata.name, others, port?.port, port?.name]).toEqual([
        metadata.name,
        [],
        metadata.name === 'nginx' ? 80 : workload?.ports[`${port?.targetPort}`],
        port?.targetPort,
      ]);
    }
  });
});

test('visitors come by the port of the node that the environment says, or by the Ingress', () => {
  expect(visitorsNodePort(dev)).toBe(dev.address.nodePort);
  expect(visitorsNodePort(locally('production'))).toBe(production.localAddress.nodePort);
  expect(visitorsNodePort(production)).toBeUndefined();
  expect(visitorsNodePort({ ...production, address: gatewayAddress })).toBeUndefined();
});
