import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { limitsOf, routesConfiguration } from '../../../charts/configuration/nginx.ts';
import type { Routed } from '../../../charts/lib/routes.ts';
import { redis } from '../../../charts/workloads/redis.ts';
import { web } from '../../../charts/workloads/web.ts';
import type { Application } from '../../../environments/contract.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { small } from '../../lib/applications.ts';
import { podOf } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const file = (name: string) => readFileSync(join(root, 'docker/nginx', name), 'utf8');

const routes: Routed[] = [
  { workload: { ...redis, name: 'charts' }, path: '/charts/', port: 3000, stripped: true },
  { workload: { ...redis, name: 'mail-catcher' }, path: '/dev/mail/', port: 1080 },
];

test('run-nginx follows the address of web and of each program, and nginx has a location for each', () => {
  expect(routesConfiguration({ ...production, application: small }, web, routes)).toEqual({
    services: 'web 8000\ncharts 3000\nmail-catcher 1080\n',
    'locations.conf':
      'location /charts/ { proxy_pass http://charts/; }\n' +
      'location /dev/mail/ { proxy_pass http://mail-catcher; }\n',
  });
});

test('nginx serves uploads', () => {
  const { media } = application;
  const withUploads = { ...production, application: { ...small, media } };
  expect(routesConfiguration(withUploads, web, [])).toEqual({
    services: 'web 8000\n',
    'locations.conf': 'include media.conf;\n',
  });
});

describe('the limits of an application', () => {
  const limited = { ...small, largestRequestMebibytes: 24, slowestPageSeconds: 120 };
  const said = (name: string) => new RegExp(`^  ${name} (.+);$`, 'm').exec(file('nginx.conf'))?.[1];
  const limit = (zone: string) =>
    Number(new RegExp(`limit_conn ${zone} (\\d+);`).exec(file('nginx.conf'))?.[1]);

  test('nginx is told of them', () => {
    expect(routesConfiguration({ ...production, application: limited }, web, [])['locations.conf']).toBe(
      'client_max_body_size 24m;\nproxy_read_timeout 120s;\n',
    );
  });

  test('it has the others in its own file', () => {
    const { largestRequestMebibytes, slowestPageSeconds } = limitsOf(small);
    expect(said('client_max_body_size')).toBe(`${largestRequestMebibytes}m`);
    expect(said('proxy_read_timeout')).toBe(`${slowestPageSeconds}s`);
  });

  test.each([small, limited, application])(
    '/tmp has room for all requests and answers that it takes in at once, and half a MiB more: %#',
    (application) => {
      const pod = podOf({ ...production, application }, 'Deployment', 'nginx');
      const tmp = pod.volumes?.find(({ name }) => name === 'tmp')?.emptyDir?.sizeLimit;
      const answers = limit('passed-on') * Number.parseInt(said('proxy_max_temp_file_size') ?? '', 10);
      const largeRequests = limit('large') * limitsOf(application).largestRequestMebibytes;
      const smallRequests = (limit('passed-on') * 100_000) / 2 ** 20;
      const needed = answers + largeRequests + smallRequests + 0.5;
      expect(needed).toBeGreaterThan(300);
      expect(Number.parseInt(`${tmp}`, 10)).toBeGreaterThanOrEqual(needed);
    },
  );

  test('a pod of nginx that ends waits for the slowest page', () => {
    const grace = (of: Application) =>
      podOf({ ...production, application: of }, 'Deployment', 'nginx').terminationGracePeriodSeconds;
    expect(grace(small)).toBe(75);
    expect(grace(limited)).toBe(135);
  });
});

test('where TLS has ended before the controller, nginx says so whatever the controller says', () => {
  const address = { ...production.address, tls: 'ended-before' } as const;
  const ended = { ...production, application: small, address };
  expect(routesConfiguration(ended, web, [])).toEqual({
    services: 'web 8000\n',
    'locations.conf': 'set $forwarded_proto https;\n',
  });
  expect(file('nginx.conf')).toContain('proxy_set_header X-Forwarded-Proto $forwarded_proto;');
});

test('no upload has a type that a browser runs', () => {
  const types = /types \{(.*?)\}/s.exec(file('media.conf'))?.[1] ?? '';
  const names = [...types.matchAll(/^ +(\S+\/\S+) /gm)].map(([, type]) => type);
  expect(names).toContain('image/png');
  expect(names.filter((type) => !/^((image|audio|video)\/[\w+]+|text\/plain)$/.test(type ?? ''))).toEqual([]);
  expect(file('media.conf')).toContain('default_type application/octet-stream;');
});

test('in dev the static files come from the development server', () => {
  expect(routesConfiguration(dev, web, routes)['locations.conf']).toMatch(
    /^location ~ \^\/static\/ \{ proxy_pass http:\/\/web; \}\n/,
  );
});
